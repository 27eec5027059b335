import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileOrdinary } from '../../src/rules/ordinary.ts';
import { parseLines } from '../../src/rules/pattern.ts';
import type { Decision, RuleLine, Scope } from '../../src/rules/rules.ts';
import { textOf } from '../../src/rules/text.ts';
import { isWindows } from '../fixtures/platform.ts';
import { type GitAnswer, GitTree } from './git.ts';

/*
 * The language of .gitignore is what git says it is: every question here is put to git, too.
 */

const directories = ['a', 'b', 'ab', 'a.b'];
const files = ['c', 'ba', 'a b', 'a ', '[a]', '*', '!a', '#b', 'a\\b', '-', ']', '^c', 'B', 'a.b.c'];
/** Not UTF-8. */
const otherFiles = ['\xff', 'a\xffb'];

function treePaths(): string[] {
  const inner = directories.flatMap((one) => directories.map((two) => `${one}/${two}`));
  const all = ['', ...[...directories, ...inner].map((path) => `${path}/`)];
  return all.flatMap((directory) => [
    ...(directory === '' ? [] : [directory]),
    ...[...files, ...otherFiles].map((name) => directory + name),
  ]);
}

/** More of them: BMCLOUD_TEST_GIT_RUNS=2000. */
const runs = Number(process.env.BMCLOUD_TEST_GIT_RUNS ?? 60);

let git: GitTree;

/** What a walk would say, in git's words. */
function ours(ignoreFiles: Record<string, string | Buffer>, ignoreCase: boolean): GitAnswer[] {
  const linesOf = (file: string): RuleLine[] =>
    parseLines(textOf(Buffer.from(ignoreFiles[file] ?? '')), file).map((line) => ({ ...line, ignoreCase }));
  const rules = compileOrdinary({ form: 'ordinary', lines: [], ignoreFiles: true, ifPresent: [] });
  return git.paths.map((path) => {
    const components = path.replace(/\/$/, '').split('/');
    const decision = walkTo(
      rules.source([]).withLines(linesOf('.gitignore')),
      components,
      path.endsWith('/'),
      (above) => linesOf(`${above}/.gitignore`),
    );
    return {
      path: components.join('/'),
      isIgnored: decision.fate === 'out',
      decided: decision.by?.origin,
    };
  });
}

function walkTo(
  root: Scope,
  components: string[],
  isDirectory: boolean,
  linesOf: (directory: string) => RuleLine[],
): Decision {
  let scope = root;
  for (const [i, component] of components.entries()) {
    const name = textOf(Buffer.from(component, 'latin1'));
    const isInner = i + 1 < components.length;
    const known = isInner || isDirectory;
    const decision = scope.decide(name, known) as Decision;
    const early = scope.decide(name, undefined);
    if (early) expect(early.fate).toBe(decision.fate);
    if (!isInner || decision.fate === 'out') return decision;
    scope = scope.enter(name).withLines(linesOf(components.slice(0, i + 1).join('/')));
  }
  throw new Error('a path has components');
}

function compare(ignoreFiles: Record<string, string | Buffer>, ignoreCase = false): void {
  const answers = git.answers(ignoreFiles, ['-c', `core.ignorecase=${ignoreCase}`]);
  expect(answers).toHaveLength(git.paths.length);
  const differing = ours(ignoreFiles, ignoreCase)
    .map((our, i) => ({ our, git: answers[i] }))
    .filter(({ our, git }) => our.isIgnored !== git?.isIgnored || our.decided !== git.decided);
  expect(differing.slice(0, 3)).toEqual([]);
}

const plain = fc.constantFrom('a', 'b', 'c', 'ab', 'a.b', '.', 'a b', '-', ' ');
const special = fc.constantFrom(
  '*',
  '?',
  '[ab]',
  '[!a]',
  '[^a-b]',
  '[a-',
  '[]a]',
  '[\\]-a]',
  '[[:alpha:]]',
  '[![:upper:]_]',
  '[[:a]',
  '[[:x:]]',
  '\\a',
  '\\*',
  '\\!',
  '\\#',
  '\\ ',
  '\\',
  '#',
  '!',
  ']',
  '[a/b]',
  '[*]',
  '[--0]',
  '[b-a]',
  '[\\a-c]',
  '[a-c-]',
  '\\\\',
);
const component = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(fc.oneof(plain, special), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.constantFrom('**', '***', '*') },
);

/** Stars directly behind what is no slash are plain stars, says git's manual; git itself takes some of them for `**`. */
const AMBIGUOUS = /[^/*!]\*\*|\*\*[^/*]|!\*\*|\\\//;

const line = fc
  .tuple(
    fc.constantFrom('', '', '', '!'),
    fc.constantFrom('', '', '/'),
    fc.array(component, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '/', ' ', '\\ ', '\r'),
  )
  .map(([negation, root, components, end]) => negation + root + components.join('/') + end)
  .filter((text) => !text.includes('/') || !AMBIGUOUS.test(text.replace(/^!/, '')));

const ignoreFile = fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n'));

describe.skipIf(isWindows)('ignore files mean what git says', () => {
  beforeAll(() => {
    git = new GitTree(treePaths());
  });
  afterAll(() => git.remove());

  it('one pattern', () => {
    fc.assert(
      fc.property(line, (text) => compare({ '.gitignore': text })),
      { numRuns: runs * 2 },
    );
  });

  it('several files of several patterns', () => {
    const nested = fc.record({
      '.gitignore': ignoreFile,
      'a/.gitignore': ignoreFile,
      'a/b/.gitignore': ignoreFile,
    });
    fc.assert(
      fc.property(nested, (ignoreFiles) => compare(ignoreFiles)),
      { numRuns: runs },
    );
  });

  it('without regard to case', () => {
    // Of a class and of what is escaped git folds the name, but not the pattern.
    const folded = ignoreFile.map((text) => text.replace(/\[(?!\/)[^\]]*\]?/g, 'B').replaceAll(/\\+B/g, 'B'));
    fc.assert(
      fc.property(folded, (text) => compare({ '.gitignore': text }, true)),
      { numRuns: runs / 2 },
    );
  });
});
