// main.ts: the owner's notice board begins here.
import { createApp } from 'vue';
import { followLanguage } from '../shared/language.ts';
import '../shared/theme.css';
import './public.css';
import './print.css';
import App from './App.vue';

followLanguage();
createApp(App).mount('#app');
