// scopes.mjs: the paths of a phone change while it syncs with its street: it hears of its newer certificate, says which
// of its paths the street doesn't cover, and goes on to the hub for them once that address is in its settings.
//
//   node scopes.mjs LINLI [PICTURES]
import { join } from 'node:path';
import { button, go, invite, joinBy, kScope, look, main, makeHub, phonePage } from './phone_city.mjs';
import { play, say, until } from './stage.mjs';

const kStreet = '410700/410702/410702003';
const kOther = '410700/410703/410703001/410703001901';
const kName = '巡查手机';
const told = (page) => main(page).getByText(`上级不管 ${kOther}`);

async function makeStreet(stage, hub) {
  const data = join(stage.folder, 'street');
  const place = ['--role', 'street', '--scope', kStreet, '--name', '示例街道', '--url', hub.url];
  const { line } = JSON.parse(stage.linli('invite', '--data', hub.data, ...place, '--json'));
  stage.linli('join', '--data', data, line);
  return stage.serve(data);
}
const change = (stage, hub, ...changes) => stage.linli('nodes', 'scopes', '--data', hub.data, kName, ...changes);
/** Presses the button until `held` is there. */
const syncUntil = (page, what, held) =>
  until(what, async () => {
    const now = button(page, '现在同步');
    if (await now.isEnabled()) await now.click();
    return held();
  });
async function showsPaths(page, ...paths) {
  await go(page, '/more');
  for (const path of paths) await main(page).getByText(path, { exact: true }).waitFor();
}

await play(async (stage, pictures) => {
  const hub = await makeHub(stage);
  const street = await makeStreet(stage, hub);
  const { context } = await stage.browser('profile');
  const page = await phonePage(context, stage.problems);
  stage.shown = page;
  await page.goto(`${street.url}/phone`);
  await joinBy(page, invite(stage, street, kName));
  await page.locator('header .pill').waitFor();
  await until('the phone at the hub', async () => JSON.parse(stage.linli('nodes', 'list', '--data', hub.data, '--json')).items.some(({ name }) => name === kName));

  change(stage, hub, '--add', kOther);
  await go(page, '/queue');
  await syncUntil(page, 'what the street doesn’t cover', async () => (await told(page).count()) > 0);
  await look(page, 'scopes-told', pictures);
  await showsPaths(page, kScope, kOther);
  say('a path that the street doesn’t cover is told, and shown as the phone’s at once');

  change(stage, hub, '--remove', kScope);
  await go(page, '/queue');
  await syncUntil(page, 'the scope to go', async () => {
    await go(page, '/more');
    const gone = (await main(page).getByText(kScope, { exact: true }).count()) === 0;
    await go(page, '/queue');
    return gone;
  });
  change(stage, hub, '--add', kScope);
  await syncUntil(page, 'the scope to come back', async () => {
    await go(page, '/more');
    const back = (await main(page).getByText(kScope, { exact: true }).count()) === 1;
    await go(page, '/queue');
    return back;
  });
  say('taken and given back: it comes by the street, which has the news where the phone reads nothing');

  await go(page, '/settings');
  await page.getByLabel('添加地址').fill(hub.url);
  await button(page, '添加并同步').click();
  await go(page, '/queue');
  await told(page).waitFor({ state: 'detached' });
  await look(page, 'scopes-covered', pictures);
  say('with the hub’s address in its settings nothing is left out');
});
