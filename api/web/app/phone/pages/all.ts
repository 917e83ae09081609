// all.ts: the pages behind the first screen: one script, so that a slow line brings them in one go.
export { default as CarryPage } from './CarryPage.vue';
export { default as ClonedPage } from './ClonedPage.vue';
export { default as InspectPage } from './InspectPage.vue';
export { default as MinePage } from './MinePage.vue';
export { default as MorePage } from './MorePage.vue';
export { default as QueuePage } from './QueuePage.vue';
export { default as RecheckPage } from './RecheckPage.vue';
export { default as RecordPage } from './RecordPage.vue';
export { default as SearchPage } from './SearchPage.vue';
export { default as SessionPage } from './SessionPage.vue';
export { default as SettingsPage } from './SettingsPage.vue';
export { default as StoragePage } from './StoragePage.vue';
export { default as TodayPage } from './TodayPage.vue';
export { default as TrainingPage } from './TrainingPage.vue';
