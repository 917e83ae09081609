// main.ts: the inspector's phone begins here.
import { createApp } from 'vue';
import 'vant/es/style/base.css';
import '../shared/theme.css';
import './phone.css';
import App from './App.vue';
import { router } from './router.ts';

createApp(App).use(router).mount('#app');
