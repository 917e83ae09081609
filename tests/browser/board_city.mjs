// board_city.mjs: a hub and a community office with something on the owner's notice board. All people,
// companies and compounds are made up.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './stage.mjs';

const kPackaging = join(dirname(fileURLToPath(import.meta.url)), '../../packaging');
const kScope = '410700/410702/410702003/410702003901';
const kCompany = '91410700MA0000001W';
export const kCode = '410702003901001';
const kQuarters = ['2022-Q3', '2022-Q4', '2023-Q1', '2023-Q2', '2023-Q3'];
/** What a hostile neighbour would write. */
export const kHostile = '<img src=x onerror="document.title=\'taken\'"><script>document.title=\'taken\'</script>';

/** Puts one record, or changes the one with its key; answers with its id. */
async function record(node, type, fields, update = false) {
  const answer = await node.call('POST', `batch?type=${type}${update ? '&update=1' : ''}`, fields, { 'Content-Type': 'application/x-ndjson' });
  const text = await answer.text();
  const line = JSON.parse(text.split('\n')[0]);
  if (!answer.ok || line.faults || !line.id) throw new Error(`${type} was refused: ${text}`);
  return line.id;
}
/** As the desk does it. */
export async function change(node, type, id, fields) {
  const answer = await node.call('PATCH', `records/${type}/${id}`, fields);
  if (!answer.ok) throw new Error(`${type} was refused: ${await answer.text()}`);
}
/** All is at the hub that goes there: the register of an assembly waits for a street, which isn't here. */
const settled = (office) =>
  until('the office to reach the hub', async () => {
    const { waiting, upstream } = await office.get('node');
    return upstream.to_send === 0 && waiting.held_back === 0 && upstream.state === 'ok';
  });

const compound = (code, name, address, aliases) => ({
  compound_code: code, name, ...(aliases ? { aliases } : {}), community: '410702003901', address, kind: 'commodity', is_old: false,
  management_mode: 'company', building_count: 4, household_count: 312, delivered_household_count: 300,
  occupied_household_count: 260, floor_area_dm2: 3000000, exclusive_area_dm2: 2800000,
  delivered_area_dm2: 2700000, property_office_area_dm2: 12050, lift_count: 8, highrise_building_count: 4,
  parking_count: 200, charging_point_count: 20, basement: true, flood_risk: 'low',
  first_delivery_on: '2019-06-01', party_branch: '样例花园小区党支部', status: 'in_service', status_on: '2019-07-01',
});

/** One quarter of common income; `opening` in fen. Answers with its closing balance. */
function account(index, opening) {
  const income = [['lift_ads', '电梯广告', 1_200_000 + index * 90_000], ['parcel_lockers', '快递柜', 240_000], ['charging', '充电桩', 88_050 + index * 11_111]];
  const cost = [['cost', '公共照明维修', 310_000 + index * 40_000], ['to_fund', '转入维修资金', 600_000]];
  const lines = [
    ...income.map(([code, name, amount_fen]) => ({ code, direction: 'income', name, amount_fen, counterparty: '样例广告公司' })),
    ...cost.map(([code, name, amount_fen]) => ({ code, direction: 'cost', name, amount_fen, basis: '业委会决定' })),
  ];
  const sum = (list) => list.reduce((total, [, , fen]) => total + fen, 0);
  return { opening_fen: opening, closing_fen: opening + sum(income) - sum(cost), lines };
}
async function disclose(office) {
  const common = { compound: kCode, company: kCompany, prepared_by: '样例项目部', status: 'published', channels: ['web', 'lift_lobby'] };
  let opening = 1_000_000;
  for (const [index, period] of kQuarters.entries()) {
    const told = { ...common, kind: 'common_income', period, revision: 1, published_at: '2023-10-20T10:00', ...account(index, opening) };
    await record(office, 'disclosure', told);
    opening = told.closing_fen;
    if (index < kQuarters.length - 1) continue;
    // The last one was mended: what was shown first stays to be seen.
    await record(office, 'disclosure', { compound: kCode, kind: 'common_income', period, revision: 1, status: 'superseded' }, true);
    const lines = [...told.lines, { code: 'other_income', direction: 'income', name: `场地出租 ${kHostile}`, amount_fen: 50_000 }];
    await record(office, 'disclosure', { ...told, revision: 2, lines, closing_fen: opening + 50_000, published_at: '2023-11-02T10:00', note: '补列场地出租收入。' });
  }
  await record(office, 'disclosure', {
    ...common, kind: 'fee_collection', period: '2023-H1', revision: 1, published_at: '2023-07-20T10:00',
    lines: [
      { code: 'households_due', direction: 'info', name: '应交户数', quantity: 312, unit: '户' },
      { code: 'households_paid', direction: 'info', name: '实交户数', quantity: 281, unit: '户' },
      { code: 'amount_due', direction: 'info', name: '应收金额', amount_fen: 16_750_000 },
      { code: 'amount_received', direction: 'info', name: '实收金额', amount_fen: 15_120_000 },
    ],
  });
}
async function govern(office) {
  await record(office, 'committee', {
    compound: kCode, term_no: 2, rules: ['default', 1], elected_on: '2023-03-20', term_start: '2023-03-20',
    term_end: '2028-03-19', seats: 5, status: 'elected', status_on: '2023-03-20',
  });
  for (const [index, post] of ['chair', 'vice_chair', 'member', 'member', 'member'].entries()) {
    await record(office, 'committee_member', { committee: [kCode, 2], head: `样例0${index}`, name: `样例委员${index}`, post, from_on: '2023-03-20', phone: '0373-0000099' });
  }
  await record(office, 'committee_decision', {
    committee: [kCode, 2], no: 1, decided_on: '2023-11-05', members: 5, present: 4, agree: 3,
    text: '公布三季度公共收益，余额转存专户。', published_on: '2023-11-07', told_community_on: '2023-11-07',
  });
  const meeting = {
    kind: 'compound_joint', compound: kCode, planned_at: '2023-09-08T19:00', held_at: '2023-09-08T19:10', place: '党群服务中心',
    convener: 'party_branch', chair: '样例主持', topic: '三季度联席会议', agenda: ['停车秩序', '电梯检修'],
    minutes: '议定：九月底前完成 3 号楼电梯检修；地下车库限速标志由物业补齐。', status: 'held',
  };
  const id = await record(office, 'joint_meeting', meeting);
  await change(office, 'joint_meeting', id, { status: 'minutes_published', minutes_on: '2023-09-10' });
  // An assembly that was announced, in the sample's own compound.
  for (const type of ['exclusive_part', 'register_snapshot', 'assembly', 'ballot_matter']) {
    const text = readFileSync(join(kPackaging, 'sample-office', `${type}.ndjson`), 'utf8');
    for (const line of text.trim().split('\n')) await record(office, type, JSON.parse(line));
  }
}
/** What district and bureau write. */
async function serveUnder(hub) {
  await record(hub, 'service_contract', {
    scope: kScope, compound: kCode, company: kCompany, start_on: '2023-01-01', kind: 'ordinary', sign_on: '2022-12-10',
    end_on: '2027-12-31', fee_mode: 'lump_sum', fees: [{ use: 'dwelling', price_e4: 8950 }, { use: 'shop', price_e4: 18000 }],
    service_grade: '二级', bid: true, notice_days: 60, status: 'active', filed_on: '2022-12-25',
  });
  const id = await record(hub, 'service_standard', {
    scope: kScope, compound: kCode, version: 1, contract: [kCode, kCompany, '2023-01-01'], drafted_on: '2023-04-01', status: 'drafted', committee_opinion: '同意', street_opinion: '同意',
    items: [
      { domain: 'cleaning', subject: '楼道', metric: '清扫', comparator: 'ge', target: 3, unit: '次', frequency: 'weekly', times: 3, contract_target: 2, evidence: 'record' },
      { domain: 'equipment', subject: '电梯', metric: '困人到场时间', comparator: 'le', target: 30, unit: '分钟', frequency: 'event', contract_target: 30, evidence: 'record' },
    ],
  });
  for (const move of [
    { status: 'submitted' }, { status: 'under_review' },
    { status: 'approved', approved_on: '2023-05-01', approved_by: '红旗区住建局' },
    { status: 'published', published_on: '2023-05-03' }, { status: 'in_force', in_force_from: '2023-06-01' },
  ]) {
    await change(hub, 'service_standard', id, move);
  }
}

/** Resolves to the hub and the office, which serve and show the same. */
export async function startCity(stage) {
  const [hubData, officeData] = ['hub', 'office'].map((name) => join(stage.folder, name));
  stage.linli('init', '--data', hubData, '--role', 'hub', '--name', '示例住建局', '--scope', '410700');
  for (const type of ['org_unit', 'company', 'disclosure_kind', 'vote_rules']) {
    stage.linli('records', 'put', '--data', hubData, type, join(kPackaging, 'sample', `${type}.ndjson`));
  }
  const hub = await stage.serve(hubData);
  const line = stage.linli('invite', '--data', hubData, '--role', 'office', '--scope', kScope, '--name', '示例社区甲').trim();
  stage.linli('join', '--data', officeData, line, '--hub', hub.url);
  // An owner waits for the next poll; the test needn't.
  const office = await stage.serve(officeData, 0, ['--poll-ms', '250']);
  await settled(office);
  await record(office, 'compound', compound(kCode, '阳光花园（样例）', '样例路 18 号', ['老纺织厂家属院']));
  await record(office, 'compound', compound('410702003901002', '和平里（样例）', '样例北街 3 号'));
  const text = readFileSync(join(kPackaging, 'sample-office/compound.ndjson'), 'utf8');
  await record(office, 'compound', JSON.parse(text.trim().split('\n')[0]));
  await settled(office);
  await disclose(office);
  await govern(office);
  await serveUnder(hub);
  await until('the standard to reach the office', async () => {
    const [found] = (await office.get('public/compounds?q=ygh')).items;
    const { standards, contracts } = await office.get(`public/compounds/${found.id}`);
    return standards.length === 1 && contracts.length === 1;
  });
  await settled(office);
  return { hub, office };
}
