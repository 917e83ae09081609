// main.ts: the office's desk begins here.
import { createApp } from 'vue';
import '../shared/theme.css';
import './desk.css';
import './forms.css';
import './lists.css';
import './record.css';
import './narrow.css';
import './print/print.css';
import App from './App.vue';
import { router } from './router.ts';

createApp(App).use(router).mount('#app');
