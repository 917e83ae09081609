// main.ts: the owner's notice board begins here.
import { createApp } from 'vue';
import '../shared/theme.css';
import './public.css';
import './print.css';
import App from './App.vue';

createApp(App).mount('#app');
