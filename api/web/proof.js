// proof.js: the page that checks a proof file. All checking is in proof-check.js; here it is shown.
// Names in the file may be hostile: everything is shown with textContent.
import { checkProof, Commitment, ProofError } from './proof-check.js';
import { hex } from './proof-crypto.js';
import { schema } from './proof-schema.js';

const kReasons = {
  other_city: '这份证明属于另一个城市，或城市标识抄错了',
  bad_value: '城市标识应为 64 位十六进制数字',
  bad_signature: '签名不符：内容被改动过，或不是所称的单位所签',
  stranger: '证书不是本市签发的',
  altered: '内容不在市局签署的历史之中',
  corrupt: '所示的值与签名中的承诺不符',
  out_of_scope: '证书不包括该范围',
  forbidden: '签署者没有这项权限',
  unauthorised: '历史不是由其保管者签署的',
  unknown_certificate: '文件中缺少证书',
  unknown_critical: '需要更新的版本才能核对',
  newer_version: '需要更新的版本才能核对',
  not_found: '文件中没有与该记录有关的内容',
  too_large: '文件太大',
  truncated: '文件不完整',
  malformed: '不是有效的证明文件',
};

function el(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

// ---- Values as people read them -----------------------------------------------------------------

const when = (micros) => new Date(micros / 1000).toLocaleString('zh-CN', { timeZoneName: 'short' });
const choice = (field, number) => field.values?.find((v) => v.number === number)?.label.zh ?? String(number);
const kUnits = {
  fen: (v) => `${(Number(v) / 100).toFixed(2)} 元`,
  dm2: (v) => `${(Number(v) / 100).toFixed(2)} ㎡`,
};

function valueText(field, value) {
  if (value === null || value === undefined) return '—';
  if (value instanceof Commitment) return 'opened' in value ? valueText(field, value.opened) : '不在此文件中 withheld';
  if (value instanceof Uint8Array) return hex(value);
  switch (field?.type) {
    case 'date':
      return new Date(Number(value) * 86400000).toISOString().slice(0, 10);
    case 'instant':
      return when(Number(value) * 1000);
    case 'boolean':
      return value ? '是' : '否';
    case 'choice':
      return choice(field, value);
    case 'state':
      return choice(field, value[1]);
    case 'choices':
      return value.map((one) => choice(field, one)).join('、');
    case 'integer':
      return kUnits[field.unit] ? kUnits[field.unit](value) : String(value);
    case 'rows':
      return value.map((row) => rowText(field, row)).join('\n');
    default:
      return plainText(value);
  }
}
function rowText(field, row) {
  if (!(row instanceof Map)) return plainText(row);
  return [...row].map(([number, value]) => {
    const column = field.columns?.find((c) => c.number === number);
    return `${column?.label.zh ?? number}：${valueText(column, value)}`;
  }).join('；');
}
function plainText(value) {
  if (value instanceof Commitment) return valueText(null, value);
  if (value instanceof Uint8Array) return hex(value);
  if (Array.isArray(value)) return value.map(plainText).join('、');
  if (value instanceof Map) return [...value].map(([k, v]) => `${k}：${plainText(v)}`).join('；');
  return String(value);
}

// ---- The result ---------------------------------------------------------------------------------

const kKinds = ['填写 put', '清除 clear', '删除 delete', '清除个人信息 erase'];

function changeCard(type, set, change) {
  const table = el('table');
  for (const [number, value] of change.fields) {
    const field = type?.fields.find((f) => f.number === number);
    table.append(el('tr', {}, el('th', { scope: 'row', textContent: field?.label.zh ?? `字段 ${number}` }),
      el('td', { textContent: change.kind === 3 ? '—' : valueText(field, value) })));
  }
  const before = set.notBefore === null ? '未知 unknown' : when(set.notBefore);
  const after = set.notAfter === null ? '无回执 no receipt' : when(set.notAfter);
  return el('section', { className: 'card' },
    el('h2', { textContent: `${kKinds[change.kind]} · ${set.node}（${set.role}）` }),
    el('p', { textContent: `自述时间 stated ${when(change.stamp)}` }),
    el('p', { textContent: `可证明的时间范围 proven between ${before} … ${after}` }),
    table,
    ...set.witnesses.map((witness) => el('p', { className: 'quiet',
      textContent: `另经核对 also checked by ${witness.node} · ${when(witness.time)}` })),
    el('p', { className: 'quiet',
      textContent: `变更集 ${set.hash.slice(0, 16)}，历史第 ${set.index + 1} 项，共 ${set.size} 项 (${set.history})` }));
}

export function resultOf(proof) {
  const type = schema.types?.find((one) => one.number === proof.record.type);
  const name = type?.label.zh ?? `类型 ${proof.record.type}`;
  return [
    el('p', { className: 'notice good', id: 'verdict',
      textContent: `证明成立 Proven：${proof.city.name}（${proof.city.scope}）持有以下内容` }),
    el('p', { textContent: `${name} ${proof.record.id} · ${proof.record.scope}` }),
    ...proof.sets.flatMap((set) => set.changes.map((change) => changeCard(type, set, change))),
    el('p', { className: 'quiet',
      textContent: '文件不能证明其后没有别的改动。That nothing was changed since, no file can show.' }),
  ];
}

function failureOf(error) {
  const reason = error instanceof ProofError ? kReasons[error.code] ?? error.code : '不是有效的证明文件';
  return [el('p', { className: 'notice bad', id: 'verdict', textContent: `证明不成立 Not proven：${reason}` }),
    el('p', { className: 'quiet', textContent: String(error.message) })];
}

/** A file that the notice board handed over in this tab (app/public/data/proof.ts), once. The city's name it never brings. */
function handedOver() {
  try {
    const { name, bytes } = JSON.parse(sessionStorage.getItem('linli.proof'));
    sessionStorage.removeItem('linli.proof');
    return { name: String(name), bytes: Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0)) };
  } catch {
    return null;
  }
}
const handed = handedOver();

async function check() {
  const file = document.getElementById('file').files[0];
  const root = document.getElementById('root').value.trim();
  const result = document.getElementById('result');
  if ((!file && !handed) || root === '') return result.replaceChildren();
  try {
    const bytes = file ? new Uint8Array(await file.arrayBuffer()) : handed.bytes;
    result.replaceChildren(...resultOf(checkProof(bytes, root)));
  } catch (error) {
    result.replaceChildren(...failureOf(error));
  }
}

if (handed) {
  document.getElementById('handed').textContent = `公示栏交来的文件 From the notice board: ${handed.name}`;
  document.getElementById('handed').hidden = false;
}
document.getElementById('file').addEventListener('change', check);
document.getElementById('root').addEventListener('input', check);
