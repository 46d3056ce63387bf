/** Copies a text, and says so. */
import { useSignal } from '@preact/signals';
import { Icon } from './icon.tsx';

const SHOWN_MS = 1_500;

export function CopyButton({ text, label }: { text: string; label: string }) {
  const isCopied = useSignal(false);
  return (
    <button
      type="button"
      class="ghost"
      aria-label={isCopied.value ? 'Copied' : label}
      title={label}
      onClick={() => {
        void navigator.clipboard.writeText(text).then(() => {
          isCopied.value = true;
          setTimeout(() => {
            isCopied.value = false;
          }, SHOWN_MS);
        });
      }}
    >
      <Icon name={isCopied.value ? 'check' : 'copy'} />
    </button>
  );
}
