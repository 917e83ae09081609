// office_carrying.mjs: what goes in and out of the office's desk besides the line: tables, sticks, papers.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compound, dayFromNow, kCommunity, kScope } from './desk_city.mjs';
import { checked, expect, go, hubDesk, out, shot } from './desk_page.mjs';

export async function tables(page, base, city) {
  await go(page, base, '/list/compound', '.records tbody tr');
  await checked(page, 'list');
  await page.locator('.menu summary').click();
  const [exported] = await Promise.all([page.waitForEvent('download'), page.locator('.menu button', { hasText: /^CSV/ }).click()]);
  const csv = readFileSync(await exported.path(), 'utf8').replace(/^\uFEFF/, '');
  const [head, ...rows] = csv.split(/\r?\n/).filter(Boolean);
  const model = rows.find((row) => row.includes(`${kCommunity}101`))?.replace(/^[^,]*/, '');  // A new record has no id yet.
  expect(model, 'the export lacks a record');
  const good = model.replaceAll(`${kCommunity}101`, `${kCommunity}121`).replace('示例小区1', '导入小区21');
  const bad = model.replaceAll(`${kCommunity}101`, `${kCommunity}122`).replace('commodity', 'castle').replace('商品房', '城堡');
  const file = join(city.folder, '小区.csv');
  writeFileSync(file, `\uFEFF${[head, good, bad].join('\r\n')}\r\n`);
  await go(page, base, '/import/compound', '#table');
  await page.locator('#table').setInputFiles(file);
  await page.locator('[data-report="preview"]').waitFor();
  await page.locator('.problems tbody tr').first().waitFor();
  await checked(page, 'import-preview');
  const counted = (await city.api('office', '/node')).records.compound;
  const [rejects] = await Promise.all([page.waitForEvent('download'), page.locator('#rejects').click()]);
  const kept = readFileSync(await rejects.path(), 'utf8');
  expect(kept.includes(`${kCommunity}122`) && !kept.includes(`${kCommunity}121`), `not the refused row: ${kept}`);
  await page.locator('#take').click();
  await page.locator('[data-report="done"]').waitFor();
  expect((await city.api('office', '/node')).records.compound === counted + 1, 'not exactly the good row went in');
  // As a workbook, and mended it goes in.
  const [workbook] = await Promise.all([page.waitForEvent('download'), page.locator('#rejects-xlsx').click()]);
  expect(workbook.suggestedFilename() === '小区-rejects.xlsx', `named ${workbook.suggestedFilename()}`);
  const saved = join(city.folder, '待改.xlsx');
  await workbook.saveAs(saved);
  expect(readFileSync(saved).subarray(0, 2).toString() === 'PK', 'no workbook came');
  await page.locator('#table').setInputFiles(saved);
  await page.locator('[data-report="preview"]').waitFor();
  const again = await page.locator('[data-report="preview"] [role="status"]').textContent();
  expect(again.includes('1 行') && again.includes('有误'), `the workbook reads as ${again}`);
  const [once] = await Promise.all([page.waitForEvent('download'), page.locator('#rejects').click()]);
  expect(once.suggestedFilename() === '待改-rejects.xlsx', `a workbook’s rows come as ${once.suggestedFilename()}`);
}

/** The refused lines of an NDJSON come back as they stand there. */
export async function refusedLines(page, base, city) {
  const [good, bad] = [compound(31), { ...compound(32), kind: 'castle' }].map((record) => JSON.stringify(record));
  const file = join(city.folder, '小区.ndjson');
  writeFileSync(file, `${good}\n${bad}\n`);
  await go(page, base, '/records', 'h1');
  await go(page, base, '/import/compound', '#table');
  await page.locator('#table').setInputFiles(file);
  await page.locator('[data-report="preview"]').waitFor();
  const [rejects] = await Promise.all([page.waitForEvent('download'), page.locator('#rejects').click()]);
  expect(rejects.suggestedFilename() === '小区-rejects.ndjson', `named ${rejects.suggestedFilename()}`);
  const kept = readFileSync(await rejects.path(), 'utf8');
  expect(kept === `${bad}\n`, `not the refused line: ${kept}`);
}

export async function sticks(page, base, city, browser) {
  await go(page, base, '/sync', '#stick-out');
  await page.getByRole('button', { name: '暂停两小时' }).click();
  await page.getByRole('button', { name: '恢复同步' }).waitFor();
  const made = await city.put('office', 'compound', compound(31));
  await page.locator('[data-own="waiting"]').waitFor();
  await checked(page, 'sync');
  const [bundle] = await Promise.all([page.waitForEvent('download'), page.locator('#stick-out button[type="submit"]').click()]);
  const path = join(city.folder, 'stick.linli');
  await bundle.saveAs(path);
  const hub = await hubDesk(browser, city);
  await go(hub, city.hub.url, '/sync', '#stick-file');
  await hub.locator('#stick-file').setInputFiles(path);
  await hub.locator('[data-bundle="checked"]').waitFor();
  await hub.locator('#stick-take').click();
  await hub.locator('[data-bundle="taken"]').waitFor();
  await shot(hub, 'stick-taken');
  const there = await city.api('hub', `/records/compound/${made.id}?scope=${encodeURIComponent(kScope)}`);
  expect(there.fields.name === '示例小区31', 'the hub does not have what the stick carried');
  writeFileSync(join(city.folder, 'broken.linli'), readFileSync(path).subarray(0, 500));
  await hub.locator('#stick-file').setInputFiles(join(city.folder, 'broken.linli'));
  await hub.locator('#stick-in .notice.bad').waitFor();
  await hub.context().close();
  await page.getByRole('button', { name: '恢复同步' }).click();
  await page.getByRole('button', { name: '暂停两小时' }).waitFor();
}

/** `2026-Q3`: the last one that is over. */
function lastQuarter() {
  const [year, month] = dayFromNow(0).split('-').map(Number);
  const quarter = Math.floor((month - 1) / 3);
  return quarter ? `${year}-Q${quarter}` : `${year - 1}-Q4`;
}
export async function papers(page, base, city, made) {
  const { items: sessions } = await city.api('office', '/records/session?limit=1');
  const disclosure = await city.upsert('office', 'disclosure', {
    compound: compound(1).compound_code, kind: { key: 'common_income', scope: '410700' }, period: lastQuarter(), revision: 1,
    due_on: dayFromNow(5), prepared_by: '示例编制人', status: 'drafted', opening_fen: 100050, closing_fen: 100050 + 1234567 - 34567,
    lines: [
      { code: 'lift_ads', direction: 'income', name: '电梯广告', amount_fen: 1234567, counterparty: '示例广告公司' },
      { code: 'cost', direction: 'cost', name: '管理成本', amount_fen: 34567 },
    ],
  });
  for (const [what, record, ready] of [['notice', made.notice, 'tbody tr >> nth=2'], ['signin', sessions[0], '.paper-lines'], ['disclosure', disclosure, '.qr path[d^="M"]']]) {
    await go(page, base, `/print/${what}/${record.id}?scope=${encodeURIComponent(record.scope)}`, `.paper ${ready}`);
    await checked(page, `print-${what}`);
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    const pages = (pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length;
    expect(pages === 1, `the ${what} takes ${pages} sheets`);
    expect(/\/MediaBox\s*\[\s*0 0 59[45][.\d]* 84[12]/.test(pdf.toString('latin1')), `the ${what} isn't A4`);
    if (out) writeFileSync(join(out, `${what}.pdf`), pdf);
  }
}
