// main.ts: the office's desk begins here.
import { createApp } from 'vue';
import '../shared/theme.css';
import './desk.css';
import './print/print.css';
import App from './App.vue';
import { router } from './router.ts';

createApp(App).use(router).mount('#app');
