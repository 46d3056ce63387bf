/** The page begins. */
import '@fontsource-variable/geist';
import '@fontsource-variable/geist-mono';
import './style/tokens.css';
import './style/layout.css';
import './style/list.css';
import './style/detail.css';
import './style/dashboard.css';
import { render } from 'preact';
import { App } from './app.tsx';

const root = document.getElementById('page');
if (root) render(<App />, root);
