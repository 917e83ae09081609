// desk_city.mjs: a small made-up city for tests of the office's desk: a hub and an office that both
// run, with records whose deadlines are near.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const kCommunity = '410702003901';
export const kScope = `410700/410702/410702003/${kCommunity}`;
export const dayFromNow = (days) =>
  new Date(Date.now() + 8 * 3600_000 + days * 86_400_000).toISOString().slice(0, 10);

const sample = join(dirname(fileURLToPath(import.meta.url)), '../../packaging/sample');
const kPhotoFile = join(sample, '../demo/photo.png');
const kReference = ['org_unit', 'company', 'course', 'session', 'disclosure_kind', 'template', 'vote_rules'];

export function compound(n) {
  return {
    compound_code: `${kCommunity}${100 + n}`, name: `示例小区${n}`, community: { key: kCommunity, scope: '410700' },
    address: `示例路${n}号`, kind: 'commodity', is_old: false, management_mode: 'company', building_count: 4,
    household_count: 300, delivered_household_count: 290, occupied_household_count: 250, floor_area_dm2: 3000000,
    exclusive_area_dm2: 2800000, delivered_area_dm2: 2700000, property_office_area_dm2: 12000, lift_count: 8,
    highrise_building_count: 4, parking_count: 200, charging_point_count: 20, basement: true, flood_risk: 'low',
    first_delivery_on: '2019-06-01', status: 'in_service', status_on: '2019-07-01',
  };
}

export class City {
  constructor(program) {
    this.program = program;
    this.folder = mkdtempSync(join(tmpdir(), 'linli-desk-'));
    this.children = [];
    process.on('exit', () => this.end());
  }
  linli(...parts) {
    return execFileSync(this.program, parts, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }
  data(name) {
    return join(this.folder, name);
  }
  /** Starts a node; resolves to its address. */
  serve(name, port = 0) {
    const child = spawn(this.program, ['serve', '--data', this.data(name), '--listen', `127.0.0.1:${port}`, '--poll-ms', '500']);
    this.children.push(child);
    return new Promise((done, fail) => {
      let text = '';
      const hear = (chunk) => {
        text += chunk;
        const found = /listening on (http:\S+)/.exec(text);
        if (found) done({ url: found[1], child });
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('exit', () => fail(new Error(`serve ended: ${text.slice(-600)}`)));
    });
  }
  async begin() {
    this.linli('init', '--data', this.data('hub'), '--role', 'hub', '--name', '示例住建局', '--scope', '410700');
    for (const type of kReference) this.linli('records', 'put', type, join(sample, `${type}.ndjson`), '--data', this.data('hub'));
    this.hub = await this.serve('hub');
    const { line } = JSON.parse(this.linli('invite', '--data', this.data('hub'), '--role', 'office', '--scope', kScope, '--name', '示例社区', '--json'));
    this.linli('join', '--data', this.data('office'), line, '--hub', this.hub.url);
    this.office = await this.serve('office');
  }
  token(name) {
    return readFileSync(join(this.data(name), 'serve'), 'utf8').trim().split(/\s+/).pop();
  }
  /** The API as this machine's commands ask it. */
  async api(name, path, method = 'GET', body) {
    const { url } = this[name];
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'Authorization': `Bearer ${this.token(name)}`, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const json = await answer.json().catch(() => null);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  }
  put(name, type, record) {
    return this.api(name, `/records/${type}`, 'POST', record);
  }
  /** Also where a record of that key is there already: an office expects its disclosures by itself. */
  async upsert(name, type, record) {
    const answer = await fetch(`${this[name].url}/api/v1/batch?type=${type}&update=1`, {
      method: 'POST',
      headers: { 'Authorization': `Bearer ${this.token(name)}`, 'Content-Type': 'application/x-ndjson' },
      body: JSON.stringify(record),
    });
    const said = JSON.parse((await answer.text()).trim());
    if (!said.id) throw new Error(`${type}: ${JSON.stringify(said)}`);
    return said;
  }
  /** Compounds, an inspection with findings, a notice, a disclosure, a committee near its end. */
  async fill() {
    const made = {};
    made.compounds = [];
    for (const n of [1, 2, 3]) made.compounds.push(await this.put('office', 'compound', compound(n)));
    const code = compound(1).compound_code;
    const started = `${dayFromNow(-20)}T09:00`;
    made.inspection = await this.put('office', 'inspection', {
      kind: 'patrol', compound: code, template: ['standard', 1], inspectors: ['巡-01'], started_at: started,
      ended_at: `${dayFromNow(-20)}T10:00`, results: { F01: 'ok', F06: 'fail', C01: 'na' }, note: '电梯间有杂物', status: 'submitted',
    });
    // The checklist wants a photo of F06.
    const { hash } = JSON.parse(this.linli('blobs', 'put', '--data', this.data('office'), '--json', kPhotoFile));
    made.findings = [];
    for (const [n, due] of [[1, -4], [2, 2], [3, 9]]) {
      made.findings.push(await this.put('office', 'finding', {
        inspection: made.inspection.id, compound: code, item_code: 'F06', severity: 'major', description: `示例问题${n}：消防车通道堆放杂物`,
        place: `${n}号楼东侧`, photos: [hash], responsible: 'company', found_on: dayFromNow(-20), due_on: dayFromNow(due), status: 'open',
      }));
    }
    made.notice = await this.put('office', 'notice', {
      findings: made.findings.map(({ id }) => id), compound: code, addressee: { key: '91410700MA0000001W', scope: '410700' },
      issued_on: dayFromNow(-19), due_on: dayFromNow(3), legal_basis: '《河南省物业管理条例》（示例）', status: 'issued',
    });
    return made;
  }
  async stop(node) {
    const ended = new Promise((done) => node.child.once('exit', done));
    node.child.kill('SIGTERM');
    await ended;
  }
  end() {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
