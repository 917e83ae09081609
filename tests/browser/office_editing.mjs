// office_editing.mjs: a record at the office's desk: entered with mistakes and without, edited by two at once, in a
// session that ends, with what nobody should lose anything by, and moved to its next state.
import { compound, dayFromNow, kCommunity } from './desk_city.mjs';
import { checked, expect, go, kPassword, open, say, shot } from './desk_page.mjs';

const kHostile = '<script>window.hit=1</script><img src=x onerror="window.hit=1">🏘️ “引号”';

const fieldOf = (page, name) => page.locator(`#f-${name}`);
async function fillCompound(page, n) {
  const fields = compound(n);
  for (const [name, value] of Object.entries(fields)) {
    const input = fieldOf(page, name);
    if (name === 'community' || !(await input.count())) continue;
    const tag = await input.evaluate((element) => element.tagName);
    if (tag === 'SELECT') await input.selectOption(typeof value === 'boolean' ? (value ? 'yes' : 'no') : value);
    else await input.fill(/_dm2$/.test(name) ? String(value / 100) : String(value));
  }
}
/** Chooses a record with the keyboard alone. */
async function chooseRef(page, name, text) {
  await fieldOf(page, name).focus();
  await page.keyboard.type(text);
  await page.locator(`#f-${name}-list [role="option"][aria-selected="true"]`).waitFor();
  await page.keyboard.press('Enter');
  await page.locator(`[data-field="${name}"] .chosen li`).first().waitFor();
}

/** What nobody should lose anything by: a long text, half an answer, no answer, a huge photo. */
export async function badInput(page, base, city, made) {
  const finding = made.findings[0];
  const photosBefore = (await city.api('office', `/records/finding/${finding.id}`)).fields.photos?.length ?? 0;
  await go(page, base, `/edit/finding/${finding.id}?scope=${encodeURIComponent(finding.scope)}`, '#edit-form');
  const long = '长'.repeat(10000);
  await page.locator('#f-description').fill(long);
  await page.locator('#save').click();
  await page.locator('[data-field="description"] .fault').waitFor();
  expect((await page.locator('#f-description').inputValue()) === long, 'a long text was cut');
  await page.locator('#f-description').fill('楼道堆放杂物（更正）');
  await page.locator('#f-photos').setInputFiles({ name: 'photo.heic', mimeType: 'image/heic', buffer: Buffer.alloc(21 << 20) });
  await page.locator('[data-field="photos"] .fault').getByText('最多 20 MB').waitFor();
  const records = '**/api/v1/records/finding/**';
  await page.route(records, (route) => route.fulfill({ status: 200, contentType: 'application/json', body: '{"type":"find' }));
  await page.locator('#save').click();
  await page.getByText('连不上本机节点').first().waitFor();
  await page.unroute(records);
  await page.route(records, (route) => route.abort());
  await page.locator('#save').click();
  await page.getByText('连不上本机节点').first().waitFor();
  expect((await page.locator('#f-description').inputValue()) === '楼道堆放杂物（更正）', 'what was typed is lost');
  await page.unroute(records);
  const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
  await page.locator('#f-photos').setInputFiles({ name: 'photo.png', mimeType: 'image/png', buffer: picture });
  await page.locator('[data-field="photos"] .photos li').nth(photosBefore).waitFor();
  await page.locator('#save').click();
  await page.locator('.notice.good').waitFor();
  const now = await city.api('office', `/records/finding/${finding.id}`);
  expect(now.fields.description === '楼道堆放杂物（更正）' && now.fields.photos?.length === photosBefore + 1, `saved otherwise: ${JSON.stringify(now.fields)}`);
  await page.locator('.photos img').first().evaluate((image) => image.complete || new Promise((done) => image.addEventListener('load', done)));
  await checked(page, 'finding');
}

/** A finding goes on to its next state, with what that asks for. */
export async function move(page, base, city, made) {
  const finding = made.findings[1];
  await go(page, base, `/record/finding/${finding.id}?scope=${encodeURIComponent(finding.scope)}`, '[data-move="fixed"]');
  await page.locator('[data-move="fixed"]').click();
  await page.locator('#edit-form').waitFor();
  await page.locator('#save').click();
  await page.locator('[data-field="fixed_on"] .fault').waitFor();
  await page.locator('#f-fixed_on').fill(dayFromNow(-1));
  await checked(page, 'move');
  await page.locator('#save').click();
  await page.locator('.notice.good').waitFor();
  expect((await city.api('office', `/records/finding/${finding.id}`)).state === 'fixed', 'it was not moved');
}

export async function enter(page, base, city) {
  await go(page, base, '/new/compound', '#edit-form');
  await page.locator('#save').click();
  await page.locator('[data-field="name"].wrong').waitFor();
  await fillCompound(page, 9);
  await chooseRef(page, 'community', '示例');
  await fieldOf(page, 'building_count').fill('四栋');
  await fieldOf(page, 'address').fill(kHostile);
  await page.locator('#save').click();
  await page.locator('[data-field="building_count"] .fault').getByText('请填数字').waitFor();
  expect((await fieldOf(page, 'address').inputValue()) === kHostile, 'what was typed is lost');
  await checked(page, 'form-with-faults');

  say('a draft outlives the page');
  await page.reload();
  await page.locator('#restored').waitFor();
  expect((await fieldOf(page, 'address').inputValue()) === kHostile, 'the reload lost the draft');
  await fieldOf(page, 'building_count').fill('4');
  await fieldOf(page, 'delivered_household_count').fill('999');
  await page.locator('#save').click();
  await page.locator('.field.wrong .fault').first().waitFor();
  await shot(page, 'form-refused-by-the-node');
  await fieldOf(page, 'delivered_household_count').fill('290');
  await page.locator('#save').click();
  await page.locator('.notice.good').waitFor();
  expect(!(await page.evaluate(() => window.hit)), 'text of a record ran as a script');
  const { items } = await city.api('office', `/records/compound?compound_code=${kCommunity}109`);
  expect(items[0]?.fields.address === kHostile && items[0].fields.floor_area_dm2 === 3000000, `saved otherwise: ${JSON.stringify(items[0]?.fields)}`);
  await checked(page, 'record');
  return items[0];
}

const recordHash = (verb, record) => `/${verb}/${record.type}/${record.id}?scope=${encodeURIComponent(record.scope)}`;

export async function lostUpdate(context, page, base, city, record) {
  await go(page, base, recordHash('edit', record), '#edit-form');
  const other = await open(context, `${base}/office#${recordHash('edit', record)}`);
  await other.locator('#edit-form').waitFor();
  await fieldOf(other, 'address').fill('别人写的地址');
  await fieldOf(other, 'lift_count').fill('12');
  await other.locator('#save').click();
  await other.locator('.notice.good').waitFor();
  await other.close();
  await page.reload(); // Its own draft: nothing was typed yet, so the page begins anew.
  await page.locator('#edit-form').waitFor();
  const again = await open(context, `${base}/office#${recordHash('edit', record)}`);
  await again.locator('#edit-form').waitFor();
  await fieldOf(page, 'address').fill('我写的地址');
  await city.api('office', `/records/compound/${record.id}`, 'PATCH', { address: '第三个人写的地址', parking_count: 222 });
  await page.locator('#save').click();
  await page.locator('#theirs').waitFor();
  await page.locator('[data-merge="address"]').getByText('第三个人写的地址').waitFor();
  await page.locator('[data-merge="address"]').getByText('我写的地址').waitFor();
  await checked(page, 'merge');
  await page.locator('[data-merge="address"] input[value="mine"]').check();
  await page.locator('#agree').click();
  await page.locator('.notice.good').waitFor();
  const now = await city.api('office', `/records/compound/${record.id}`);
  expect(now.fields.address === '我写的地址' && now.fields.parking_count === 222, `the choice isn't what was saved: ${JSON.stringify(now.fields)}`);
  await again.close();
}

export async function endedSession(context, page, base, record) {
  await go(page, base, recordHash('edit', record), '#edit-form');
  await fieldOf(page, 'address').fill('登录过期时写的地址');
  await context.clearCookies();
  // What the desk asks by itself may find it out first, and then the dialog is there before.
  const pressed = await page.locator('#save').click({ timeout: 3_000 }).then(() => true, () => false);
  await page.locator('dialog #login').waitFor();
  await shot(page, 'session-ended');
  await page.locator('#login-name').fill('王五');
  await page.locator('#login-password').fill('wrong password!!');
  await page.keyboard.press('Enter');
  await page.locator('dialog .fault').waitFor();
  await page.locator('#login-password').fill(kPassword);
  await page.keyboard.press('Enter');
  if (!pressed) await page.locator('#save').click();
  await page.locator('.notice.good').waitFor();
  await page.getByText('登录过期时写的地址').first().waitFor();
}
