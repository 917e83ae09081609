// inside.ts: all that is behind the first screen, in one script that comes once that is drawn: a slow line brings it in one go.
import { watch } from 'vue';
import { usePhone } from './store/phone.ts';
import { useSync } from './store/sync.ts';

export { default as InsideView } from './parts/InsideView.vue';
export { default as AppTabs } from './parts/AppTabs.vue';
export { default as SyncPill } from './parts/SyncPill.vue';
export { router } from './router.ts';

// Of a store that is gone nothing was synced, also where that was found out before this script had come.
watch(usePhone().loss, (lost) => lost && useSync().forget(), { flush: 'sync', immediate: true });
