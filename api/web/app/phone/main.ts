// main.ts: the inspector's phone begins here.
import { createApp } from 'vue';
import 'vant/es/style/base.css';
import '../shared/theme.css';
import './phone.css';
import App from './App.vue';
import { keepEarly } from './early.ts';
import { usePhone } from './store/phone.ts';

// So long what phone.html shows may stand: then it is known which page takes its place, and that is drawn at once.
const kLookMs = 1000;
async function start(): Promise<void> {
  await Promise.race([usePhone().lookIn(), new Promise((done) => setTimeout(done, kLookMs))]);
  keepEarly();
  createApp(App).mount('#app');
}
void start();
