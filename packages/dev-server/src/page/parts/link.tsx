/** A link that changes the view without loading the page anew. */
import type { ComponentChildren } from 'preact';
import { go } from '../address.ts';

interface Props {
  href: string;
  class?: string;
  title?: string;
  children: ComponentChildren;
  'aria-label'?: string;
  'aria-current'?: 'page' | 'true' | undefined;
  /** Rows are what the keys go through, the way back is what Escape goes. */
  'data-row'?: string | number;
  'data-back'?: string;
}

export function Link({ children, ...attributes }: Props) {
  return (
    <a
      {...attributes}
      onClick={(event) => {
        // A new tab or window is the browser's to open.
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(attributes.href);
      }}
    >
      {children}
    </a>
  );
}
