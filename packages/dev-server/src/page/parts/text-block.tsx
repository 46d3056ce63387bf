/** A text of somebody else's: shown as it is, never as markup; a long one is cut until all of it is asked for. */
import { useSignal } from '@preact/signals';
import { count, pretty } from '../format.ts';
import { CopyButton } from './copy-button.tsx';

const FIRST_CHARS = 3_000;

export function TextBlock({
  text,
  label,
  kind = '',
  mono = false,
}: {
  text: string;
  label: string;
  kind?: string;
  mono?: boolean;
}) {
  const isWhole = useSignal(false);
  const shown = mono ? pretty(text) : text;
  const isCut = shown.length > FIRST_CHARS && !isWhole.value;
  return (
    <section class={`text-block ${kind}`} aria-label={label}>
      <header>
        <h3>{label}</h3>
        {text !== '' && <CopyButton text={text} label={`Copy: ${label}`} />}
      </header>
      {text === '' ? (
        <p class="faint">unknown</p>
      ) : (
        <pre class={mono ? 'mono' : 'prose'}>{isCut ? `${shown.slice(0, FIRST_CHARS)}…` : shown}</pre>
      )}
      {isCut && (
        <button type="button" class="quiet" onClick={() => (isWhole.value = true)}>
          Show all {count(shown.length)} characters
        </button>
      )}
    </section>
  );
}
