// conflicts.js: one conflict side by side, and one tap that says which version stands.
import { addTexts, api, el, explain, isEnglish, label, replace, t, valueText, whenFull } from './linli.js';

addTexts({
  settle_conflict: ['同时修改，请选定一个', 'Changed at once: choose one'],
  settle_delete: ['删除时另有修改', 'It was deleted while somebody edited it'],
  settle_void_move: ['状态变更时，状态已不是原来的', 'A move from a state that wasn’t current'],
  stands: ['目前生效', 'In force'],
  aside: ['另存', 'Kept aside'],
  deleted_here: ['删除记录', 'The record is deleted'],
  keep_it: ['保留这个', 'Keep this'],
  take_it: ['改用这个', 'Use this'],
});

function versionCard(schema, conflict, version, winner, settle) {
  const type = schema.type(conflict.type);
  const rows = Object.entries(version.fields || {}).map(([name, value]) => {
    const field = type?.fields.find((candidate) => candidate.name === name);
    return el('p', { class: 'strong' },
      `${label(field?.label, name)}${isEnglish() ? ': ' : '：'}${field ? valueText(schema, field, value) : String(value)}`);
  });
  return el(
    'div',
    { class: 'version', 'data-version': version.version },
    el('p', { class: 'quiet' }, t(winner ? 'stands' : 'aside')),
    version.removal ? el('p', { class: 'strong' }, t('deleted_here')) : rows,
    el('p', { class: 'quiet' }, `${version.node || '?'} · ${whenFull(version.at)}`),
    el('button', { type: 'button', class: `button narrow${winner ? ' keep' : ' take'}`, onclick: settle },
      t(winner ? 'keep_it' : 'take_it')),
  );
}

/** The card of one conflict; `done` is called once it is settled, or was by somebody else. */
export function conflictCard(schema, conflict, done) {
  const said = el('p', { class: 'quiet', role: 'status' });
  const settle = (how) => async (event) => {
    event.target.disabled = true;
    try {
      await api(`/conflicts/${conflict.conflict}`, {
        method: 'POST', body: how, headers: { 'If-Match': `"${conflict.seen}"` },
      });
      done();
    } catch (error) {
      event.target.disabled = false;
      replace(said, explain(error));
      if (error.status === 412 || error.status === 404) done();
    }
  };
  return el(
    'section',
    { class: 'card conflict', 'data-conflict': conflict.conflict },
    el('h3', {}, t(`settle_${conflict.severity}`)),
    el(
      'div',
      { class: 'versions' },
      versionCard(schema, conflict, conflict.winner, true, settle({ keep: true })),
      conflict.losers.map((loser) =>
        versionCard(schema, conflict, loser, false, settle({ take: loser.version }))),
    ),
    said,
  );
}
