/** Directories that hold prompts and answers. */
import { lstatSync, mkdirSync, type Stats } from 'node:fs';

/**
 * Makes it if it is not there (0700). Throws where somebody else could write to it or put a link in our way; reading is guarded by the
 * files themselves (0600).
 */
export function preparePrivateDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stats = lstatSync(directory);
  if (!stats.isDirectory()) throw new Error('it is a link or a file: name a directory');
  if (!isOwnedByUs(stats)) throw new Error('it belongs to another user');
  if ((stats.mode & 0o022) !== 0 && process.platform !== 'win32') {
    throw new Error('others may write to it: chmod go-w it, or name a directory that does not exist yet');
  }
}

export const isOwnedByUs = ({ uid }: Stats): boolean => process.getuid === undefined || uid === process.getuid();
