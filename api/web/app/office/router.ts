// router.ts: the desk's pages. The part of the address behind # names them, so that the browser's back
// key works and a node serves one file.
import { createRouter, createWebHashHistory } from 'vue-router';
import HomePage from './pages/HomePage.vue';
import RecordsPage from './pages/RecordsPage.vue';
import ListPage from './pages/ListPage.vue';
import RecordPage from './pages/RecordPage.vue';

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', component: HomePage },
    { path: '/records', component: RecordsPage },
    { path: '/list/:type', component: ListPage, props: true },
    { path: '/search/:text', component: () => import('./pages/SearchPage.vue'), props: true },
    { path: '/record/:type/:id', component: RecordPage, props: true },
    { path: '/new/:type', component: () => import('./pages/EditPage.vue'), props: true },
    { path: '/edit/:type/:id', component: () => import('./pages/EditPage.vue'), props: true },
    { path: '/move/:type/:id/:to', component: () => import('./pages/EditPage.vue'), props: true },
    { path: '/import/:type', component: () => import('./pages/ImportPage.vue'), props: true },
    { path: '/conflicts', component: () => import('./pages/ConflictsPage.vue') },
    { path: '/held', component: () => import('./pages/HeldPage.vue') },
    { path: '/sync', component: () => import('./pages/SyncPage.vue') },
    { path: '/phones', component: () => import('./pages/PhonesPage.vue') },
    { path: '/node', component: () => import('./pages/NodePage.vue') },
    { path: '/account', component: () => import('./pages/AccountPage.vue') },
    { path: '/audit', component: () => import('./pages/AuditPage.vue') },
    { path: '/print/:what/:id', component: () => import('./print/PrintPage.vue'), props: true },
    { path: '/:other(.*)', component: () => import('./pages/MissingPage.vue') },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
});
router.afterEach((to, from) => {
  // A screen reader is told where it is; the first page of all keeps the browser's own focus.
  if (from.matched.length && to.path !== from.path) {
    requestAnimationFrame(() => document.getElementById('main')?.focus({ preventScroll: true }));
  }
});
