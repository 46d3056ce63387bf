/** The frame around the views, and which view an address shows. */
import { useEffect, useRef } from 'preact/hooks';
import { address, go, hrefTo, hrefWith, parameter } from './address.ts';
import { ApiError, get } from './api.ts';
import { KEYS, isHelpOpen, listenToKeys } from './keyboard.ts';
import { isConnected, listen } from './live.ts';
import { Icon, type IconName } from './parts/icon.tsx';
import { Link } from './parts/link.tsx';
import { Empty } from './parts/state.tsx';
import { nextTheme, theme } from './theme.ts';
import { useAnswer } from './use-answer.ts';
import { ConversationView } from './views/conversation.tsx';
import { ConversationsView } from './views/conversations.tsx';
import { DashboardView } from './views/dashboard.tsx';
import { InteractionsView } from './views/interactions.tsx';
import { SignIn } from './views/sign-in.tsx';

const SECTIONS: readonly { path: string; name: string; icon: IconName; isOpen: (path: string) => boolean }[] = [
  {
    path: '/',
    name: 'Interactions',
    icon: 'interactions',
    isOpen: (path) => path === '/' || path.startsWith('/interactions/'),
  },
  {
    path: '/conversations',
    name: 'Conversations',
    icon: 'conversations',
    isOpen: (path) => path.startsWith('/conversations'),
  },
  { path: '/dashboard', name: 'Dashboard', icon: 'dashboard', isOpen: (path) => path === '/dashboard' },
];

export function App() {
  const session = useAnswer('session', (signal) => get('session', {}, signal));
  useEffect(listenToKeys, []);

  if (session.error instanceof ApiError && session.error.status === 401) return <SignIn />;
  if (session.error) return <Empty title="The server does not answer">Reload the page when it is back.</Empty>;
  if (!session.data) return null;
  return <Frame organisations={session.data.organisations} />;
}

function Frame({ organisations }: { organisations: readonly string[] }) {
  const org = parameter('org');
  useEffect(() => listen(org), [org]);
  return (
    <div class="frame">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="side">
        <Link class="brand" href={hrefTo('/')}>
          <img src="/icon.svg" alt="" width="26" height="26" />
          <span>HuggingPlace</span>
        </Link>
        <nav aria-label="Views">
          {SECTIONS.map(({ path, name, icon, isOpen }) => (
            <Link key={path} href={hrefTo(path)} aria-current={isOpen(address.value.path) ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{name}</span>
            </Link>
          ))}
        </nav>
        <div class="side-end">
          {organisations.length > 1 && (
            <label class="field">
              <span>Organisation</span>
              <select
                aria-label="Organisation"
                value={org ?? organisations[0]}
                onChange={(event) => go(hrefWith({ org: event.currentTarget.value }))}
              >
                {organisations.map((one) => (
                  <option key={one}>{one}</option>
                ))}
              </select>
            </label>
          )}
          <ModeSwitch />
          <div class="status">
            <span class={`live ${isConnected.value ? 'on' : ''}`} role="status">
              {isConnected.value ? 'Live' : 'Offline'}
            </span>
            <button
              type="button"
              class="ghost"
              aria-label="Keys"
              title="Keys (?)"
              onClick={() => (isHelpOpen.value = true)}
            >
              <Icon name="keyboard" />
            </button>
            <button
              type="button"
              class="ghost"
              aria-label={`Theme: ${theme.value}`}
              title={`Theme: ${theme.value} (t)`}
              onClick={nextTheme}
            >
              <Icon name={theme.value} />
            </button>
          </div>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <View path={address.value.path} />
      </main>
      <Help />
    </div>
  );
}

function ModeSwitch() {
  const mode = parameter('mode') ?? '';
  return (
    <div class="switch" role="group" aria-label="Mode">
      {['', 'prod', 'dev'].map((one) => (
        <button key={one} type="button" aria-pressed={mode === one} onClick={() => go(hrefWith({ mode: one }))}>
          {one || 'all'}
        </button>
      ))}
    </div>
  );
}

function View({ path }: { path: string }) {
  const [, section = '', id] = path.split('/');
  const title = SECTIONS.find(({ isOpen }) => isOpen(path))?.name;
  useEffect(() => {
    document.title = title ? `${title} – HuggingPlace` : 'HuggingPlace';
  }, [title]);
  switch (section) {
    case '':
    case 'interactions':
      return <InteractionsView opened={id} />;
    case 'conversations':
      return id ? <ConversationView sessionId={decodeURIComponent(id)} /> : <ConversationsView />;
    case 'dashboard':
      return <DashboardView />;
    default:
      return <Empty title="There is no such page" />;
  }
}

function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isHelpOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      class="help"
      aria-label="Keys"
      ref={dialog}
      onClose={() => (isHelpOpen.value = false)}
      onClick={(event) => {
        if (event.target === event.currentTarget) isHelpOpen.value = false;
      }}
    >
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              {keys.split(/\s+/).map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}
