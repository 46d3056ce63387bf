/** Every piece of code in docs/migration.md is one of the example's, line by line, or is type-checked (migration-snippets.ts). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);
const linesOf = (path: string): readonly string[] => readFileSync(new URL(path, ROOT), 'utf8').split('\n');

interface Block {
  readonly language: string;
  readonly path: string;
  readonly lines: readonly string[];
}

const blocks: readonly Block[] = [
  ...linesOf('docs/migration.md')
    .join('\n')
    .matchAll(/^```(\w+) ?(\S*)\n([^]*?)\n```$/gm),
].map(([, language = '', path = '', code = '']) => ({ language, path, lines: code.split('\n') }));

/** The first of `lines` that does not stand in the file after those before it. */
function firstAbsent(lines: readonly string[], path: string): string | undefined {
  const file = linesOf(path);
  let from = 0;
  return lines.find((line) => {
    const at = file.indexOf(line, from);
    from = at + 1;
    return at === -1;
  });
}

const ofLanguage = (language: string): readonly Block[] => blocks.filter((block) => block.language === language);
const shown = (lines: readonly string[]): readonly string[] => lines.filter((line) => !/^\s*(\/\/ …)?$/.test(line));

it('has no code of another kind', () => {
  expect([...new Set(blocks.map(({ language }) => language))].sort()).toEqual(['diff', 'js', 'sh', 'text', 'ts']);
});

describe.each(ofLanguage('js'))('a piece of $path', ({ path, lines }) => {
  it('is as it stands there', () => {
    expect(firstAbsent(shown(lines), path)).toBeUndefined();
  });
});

describe.each(ofLanguage('ts'))('TypeScript', ({ lines }) => {
  it('is type-checked', () => {
    expect(firstAbsent(shown(lines), 'test/docs/migration-snippets.ts')).toBeUndefined();
  });
});

describe.each(ofLanguage('diff'))('a difference', ({ lines: [from = '', to = '', ...lines] }) => {
  const side = (sign: string): readonly string[] =>
    lines.filter((line) => line.startsWith(sign) || line.startsWith(' ')).map((line) => line.slice(1));

  it('leads from one file to the other', () => {
    expect(firstAbsent(side('-'), from.replace('--- ', ''))).toBeUndefined();
    expect(firstAbsent(side('+'), to.replace('+++ ', ''))).toBeUndefined();
  });

  it('shows as changed only what is', () => {
    const added = side('+').filter((line) => !side(' ').includes(line));
    const removed = side('-').filter((line) => !side(' ').includes(line));
    expect(added.filter((line) => linesOf(from.replace('--- ', '')).includes(line))).toEqual([]);
    expect(removed.filter((line) => linesOf(to.replace('+++ ', '')).includes(line))).toEqual([]);
  });
});

it('runs the service as its stages are called', () => {
  const called = ofLanguage('sh').flatMap(({ lines }) =>
    lines.flatMap((line) => /STRIVED_RECORDING=(\S+)/.exec(line)?.[1]?.split(',') ?? []),
  );
  const stages = linesOf('examples/strived-backend/recording.mjs').flatMap(
    (line) => /^ {2}(\w+): \(\) => import/.exec(line)?.[1] ?? [],
  );
  expect(new Set(called)).toEqual(new Set(stages));
});
