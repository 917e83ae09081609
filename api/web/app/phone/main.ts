// main.ts: the inspector's phone begins here.
import { createApp } from 'vue';
import 'vant/es/style/base.css';
import '../shared/theme.css';
import { followLanguage } from '../shared/language.ts';
import './phone.css';
import App from './App.vue';
import { router } from './router.ts';

followLanguage();
createApp(App).use(router).mount('#app');
