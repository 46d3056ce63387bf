/** What the keys do, everywhere on the page. */
import { signal } from '@preact/signals';
import { address, go, hrefTo } from './address.ts';
import { nextTheme } from './theme.ts';

export const KEYS: readonly (readonly [keys: string, meaning: string])[] = [
  ['/', 'Search'],
  ['j  k', 'Next and previous row'],
  ['Enter', 'Open the row'],
  ['Esc', 'Back to the list'],
  ['g i', 'Interactions'],
  ['g c', 'Conversations'],
  ['g d', 'Dashboard'],
  ['t', 'System, light or dark'],
  ['?', 'These keys'],
];

export const isHelpOpen = signal(false);
let afterG = false;

export function listenToKeys(): () => void {
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function onKey(event: KeyboardEvent): void {
  const target = event.target instanceof HTMLElement ? event.target : undefined;
  const isTyping = target?.matches('input, textarea, select') ?? false;
  if (event.key === 'Escape' && isTyping) target?.blur();
  // An open dialog has its own use for the keys.
  if (document.querySelector('dialog[open]')) return;
  if (isTyping || event.metaKey || event.ctrlKey || event.altKey) return;
  const action = afterG ? GO[event.key] : ACTIONS[event.key];
  afterG = !afterG && event.key === 'g';
  if (!action) return;
  event.preventDefault();
  action();
}

const GO: Record<string, (() => void) | undefined> = {
  i: () => go(hrefTo('/')),
  c: () => go(hrefTo('/conversations')),
  d: () => go(hrefTo('/dashboard')),
};

const ACTIONS: Record<string, (() => void) | undefined> = {
  '/': () => document.querySelector<HTMLInputElement>('input[type=search]')?.focus(),
  j: () => moveTo(1),
  k: () => moveTo(-1),
  t: nextTheme,
  '?': () => {
    isHelpOpen.value = true;
  },
  Escape: () => document.querySelector<HTMLAnchorElement>('a[data-back]')?.click(),
};

/** Rows are links: the next one gets the focus, and where one is open beside the list, it is opened instead. */
function moveTo(step: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLAnchorElement>('a[data-row]')].filter((row) => row.checkVisibility());
  const current = rows.findIndex((row) => row === document.activeElement || row.ariaCurrent === 'true');
  const next = rows[current === -1 ? 0 : current + step];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  if (address.value.path.startsWith('/interactions/')) next?.click();
}
