// router.ts: the pages of the phone. In the hash, so that one address is kept for flight mode.
import { nextTick } from 'vue';
import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router';
import type { Text } from '../shared/language.ts';
import CarryPage from './pages/CarryPage.vue';
import InspectPage from './pages/InspectPage.vue';
import MinePage from './pages/MinePage.vue';
import MorePage from './pages/MorePage.vue';
import QueuePage from './pages/QueuePage.vue';
import RecheckPage from './pages/RecheckPage.vue';
import RecordPage from './pages/RecordPage.vue';
import SearchPage from './pages/SearchPage.vue';
import SessionPage from './pages/SessionPage.vue';
import SettingsPage from './pages/SettingsPage.vue';
import StoragePage from './pages/StoragePage.vue';
import TodayPage from './pages/TodayPage.vue';
import TrainingPage from './pages/TrainingPage.vue';

declare module 'vue-router' {
  interface RouteMeta {
    title: Text;
    /** Has a place in the bar below. */
    tab?: boolean;
    /** Shows or hands over what is here: of use also to a phone that was stopped. */
    readsOnly?: boolean;
  }
}

const routes: RouteRecordRaw[] = [
  { path: '/', component: TodayPage, meta: { title: ['今日', 'Today'], tab: true } },
  {
    path: '/search',
    component: SearchPage,
    meta: { title: ['查找', 'Search'], tab: true },
  },
  {
    path: '/training',
    component: TrainingPage,
    meta: { title: ['培训', 'Training'], tab: true },
  },
  {
    path: '/queue',
    component: QueuePage,
    meta: { title: ['送出', 'Sending'], tab: true, readsOnly: true },
  },
  { path: '/more', component: MorePage, meta: { title: ['更多', 'More'], tab: true } },
  {
    path: '/inspect/:id',
    component: InspectPage,
    props: true,
    meta: { title: ['检查', 'Inspection'] },
  },
  {
    path: '/recheck/:id',
    component: RecheckPage,
    props: true,
    meta: { title: ['复查', 'Re-inspection'] },
  },
  {
    path: '/session/:record(.+)',
    component: SessionPage,
    props: true,
    meta: { title: ['培训签到', 'Sign-in'] },
  },
  {
    path: '/record/:record(.+)',
    component: RecordPage,
    props: true,
    meta: { title: ['记录', 'Record'], readsOnly: true },
  },
  {
    path: '/mine',
    component: MinePage,
    meta: { title: ['我的内容一样没丢', 'Nothing was lost'], readsOnly: true },
  },
  {
    path: '/storage',
    component: StoragePage,
    meta: { title: ['手机存储', 'Storage'], readsOnly: true },
  },
  {
    path: '/carry',
    component: CarryPage,
    meta: { title: ['交接文件', 'Hand over'], readsOnly: true },
  },
  { path: '/settings', component: SettingsPage, meta: { title: ['设置', 'Settings'] } },
  { path: '/:rest(.*)', redirect: '/' },
];

export const router = createRouter({
  history: createWebHashHistory('/phone'),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});
// Who can't see that the page is another one hears it, and goes on from its beginning.
router.afterEach((to, from) => {
  if (from.matched.length === 0 || to.path === from.path) return;
  void nextTick(() => document.getElementById('main')?.focus({ preventScroll: true }));
});
