// main.ts: the inspector's phone begins here.
import { createApp } from 'vue';
import '../shared/theme.css';
import App from './App.vue';

createApp(App).mount('#app');
