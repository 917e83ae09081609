// main.ts: the bureau's figures, at a desk and on a wall, begin here.
import { createApp } from 'vue';
import '../shared/theme.css';
import './bureau.css';
import './figures.css';
import './narrow.css';
import './print.css';
import './wall.css';
import App from './App.vue';

createApp(App).mount('#app');
