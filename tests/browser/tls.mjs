// tls.mjs: the inspector's phone beside a node that speaks TLS with the city's own authority, under a name that only TLS makes
// a secure context: join, inspect without a network, start again, sync, photos, live news; and what the page says by http.
//
//   node tls.mjs LINLI [PICTURES]
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { addCompounds, button, compound, fillInspection, handIn, inspectionsAt, invite, isKept, joinBy, look, main, makeHub, phonePage, syncToTheEnd } from './phone_city.mjs';
import { picture } from './pictures.mjs';
import { expect, play, say, until } from './stage.mjs';

const kName = 'shequ.local';
const pin = (key) => createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('base64');

/** Shakes hands as a browser does that trusts the city's authority alone; answers with the pin of the node's key. */
function checked(port, authority) {
  return new Promise((done, fail) => {
    const line = connect({ host: '127.0.0.1', port, servername: kName, ca: [authority] }, () => {
      const leaf = new X509Certificate(line.getPeerCertificate().raw);
      line.destroy();
      done(pin(leaf.publicKey));
    });
    line.once('error', fail);
  });
}
async function openPhone(stage, profile, address, pins) {
  const more = [`--host-resolver-rules=MAP ${kName} 127.0.0.1`, ...(pins ? [`--ignore-certificate-errors-spki-list=${pins}`] : [])];
  const { child, context } = await stage.browser(profile, more);
  const page = (stage.shown = await phonePage(context, stage.problems));
  const failed = await page.goto(`${address}/phone`).then(() => null, (error) => error);
  return { child, context, page, failed };
}
/** A browser that trusts nobody of this city comes no further than the warning. */
async function expectStranger(stage, address) {
  const { child, failed } = await openPhone(stage, 'stranger', address, '');
  expect(/ERR_CERT_AUTHORITY_INVALID/.test(failed?.message ?? ''), `without the city's authority: ${failed?.message}`);
  await stage.kill(child);
}
async function inspectAway(phone) {
  const { page, context } = phone;
  await until('the app to be kept for flight mode', () => isKept(page));
  await context.setOffline(true);
  await fillInspection(page, 1, { photo: picture(1200, 900, 60) });
  await handIn(page);
}
/** What the hub learns shows on the phone, by the stream: nobody presses anything. */
async function hearNews(page, hub) {
  await page.evaluate(() => void (location.hash = '#/'));
  await addCompounds(hub, [compound(7)]);
  await main(page).getByText('样例路7号').waitFor();
  say('news of the hub come by themselves');
}
/** Without TLS the same name is no secure context. */
async function byHttp(stage, hub, pictures) {
  const { child, page, failed } = await openPhone(stage, 'http', `http://${kName}:${hub.port}`, '');
  if (failed) throw failed;
  await page.getByText('请通过 https 地址打开本页面').waitFor();
  await look(page, 'tls-http', pictures);
  await stage.kill(child);
  say('by http the page says what to do');
}

await play(async (stage, pictures) => {
  const files = join(stage.folder, 'authority');
  const hub = await makeHub(stage, (data) => {
    stage.linli('tls', 'profile', '--data', data, '--out', files);
    stage.linli('tls', 'name', '--data', data, kName);
  }, ['--listen', 'https://127.0.0.1:0']);
  const { port } = new URL(hub.secure);
  const address = `https://${kName}:${port}`;
  await addCompounds(hub, [compound(1), compound(2)]);
  const pins = await checked(port, new X509Certificate(readFileSync(join(files, 'linli-ca.crt'))).toString());
  say('the certificate stands under the city’s authority, for the name');
  await expectStranger(stage, address);
  await byHttp(stage, hub, pictures);

  let phone = await openPhone(stage, 'profile', address, pins);
  if (phone.failed) throw phone.failed;
  expect(await phone.page.evaluate(() => isSecureContext && location.protocol === 'https:'), 'a secure context');
  await joinBy(phone.page, invite(stage, { data: hub.data, url: address }));
  await main(phone.page).getByText('样例路1号').waitFor();
  await inspectAway(phone);
  await stage.kill(phone.child);
  say('joined by TLS, inspected without a network, and the browser was killed');
  phone = await openPhone(stage, 'profile', address, pins);
  await phone.page.getByText('今日').first().waitFor();
  await syncToTheEnd(phone.page);
  const [inspection, ...more] = await inspectionsAt(hub);
  expect(inspection && more.length === 0, 'one inspection at the hub');
  const { items: [finding] } = await hub.get('records/finding?limit=5');
  await until('the photo at the hub', async () => (await hub.call('GET', `blobs/${finding.fields.photos[0]}`)).status === 200);
  await hearNews(phone.page, hub);
  await button(phone.page, '开始检查').waitFor();
});
