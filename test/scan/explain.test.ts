import { sep } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ruleLines } from '../../src/rules/lines.ts';
import type { OrdinaryRules, Rules } from '../../src/rules/rules.ts';
import { shortRules } from '../../src/rules/short-form.ts';
import { type ExplainOptions, explain, reachOf } from '../../src/scan/explain.ts';
import { walk } from '../../src/scan/walk.ts';
import { isWindows } from '../fixtures/platform.ts';
import { fakeDisk, type Tree } from './fake-disk.ts';
import { collect, optionsFor } from './scanned.ts';

const noOwners = { users: new Map<number, string>(), groups: new Map<number, string>() };
const source = { name: 's', path: Buffer.from(sep) };
const plain = { oneFileSystem: false, excludeCaches: false, excludedIdentities: [] };

function ordinary(patterns: string[], more: Partial<OrdinaryRules> = {}): OrdinaryRules {
  const lines = ruleLines(patterns, { origin: '--exclude' });
  return { form: 'ordinary', lines, ignoreFiles: false, ifPresent: [], ...more };
}

function ask(path: string, tree: Tree, rules: Rules, more: Partial<ExplainOptions> = {}, faults = {}) {
  const components = path.replace(/\/$/, '').split('/').filter(Boolean);
  return explain(
    source,
    components,
    path.endsWith('/'),
    { ...plain, rules, ...more },
    fakeDisk(tree, faults),
  );
}

const tree: Tree = { a: { b: { 'x.o': 1, y: 9 }, 'x.o': 1 }, '.tag': 0, c: 'link', 'x.o': { z: 1 } };
const paths = ['a', 'a/b', 'a/b/x.o', 'a/b/y', 'a/x.o', '.tag', 'c', 'x.o', 'x.o/z'];

describe('an explanation', () => {
  it('says of everything there what the walk does', () => {
    const pattern = fc.constantFrom('*.o', '*.o/', '/a', 'b', '!x.o', 'a/**', '**/b/*', 'y', 'c', '!a/', '*');
    const file = fc.constantFrom('*.o:rec', '*', 'a/*', 'a/b/y', 'y:rec', 'a/*.o:rec');
    const directory = fc.constantFrom('a', '*', 'a/b', '**/b', 'x.o');
    const rules: fc.Arbitrary<Rules> = fc.oneof(
      fc
        .record({
          patterns: fc.array(pattern, { maxLength: 4 }),
          largerThan: fc.constantFrom(5, 100),
          ifPresent: fc.subarray(['.tag', 'y']),
        })
        .map(({ patterns, ...more }) => ordinary(patterns, more)),
      fc
        .record({
          include_dirs: fc.array(directory, { maxLength: 1 }),
          track_dirs: fc.array(directory, { maxLength: 1 }),
          exclude_dirs: fc.array(directory, { maxLength: 1 }),
          include_files: fc.array(file, { maxLength: 1 }),
          track_files: fc.array(file, { maxLength: 1 }),
          exclude_files: fc.array(file, { maxLength: 1 }),
        })
        .map((lists) => shortRules(lists)),
    );
    fc.assert(
      fc.property(rules, (some) => {
        const scanned = collect(walk(optionsFor(sep, { rules: some }), fakeDisk(tree), noOwners)).paths;
        for (const path of paths) {
          const { included, why } = ask(path, tree, some);
          // A directory on the way is in only if something in it is.
          if (!why.startsWith('Nothing names it, but')) expect(included).toBe(scanned.includes(`s/${path}`));
        }
      }),
    );
  });

  it.skipIf(isWindows)('knows what the system makes up, unless it is a source itself', () => {
    const options = { ...plain, rules: ordinary([]), defaultExcludes: 'all' } as const;
    const disk = fakeDisk({ proc: { x: 1 } });
    expect(explain(source, ['proc', 'x'], false, options, disk)).toMatchObject({
      included: false,
      why: '/proc is made up by the system (--no-default-excludes)',
    });
    expect(explain(source, ['proc'], true, options, disk).included).toBe(true);
    const itself = { name: 'proc', path: Buffer.from('/proc') };
    expect(explain(itself, ['x'], false, options, disk).included).toBe(true);
  });

  it.each<[string, string, Rules, Partial<ExplainOptions>, object, string]>([
    ['a/b/y', 'in', ordinary([]), {}, {}, 'No rule leaves it out'],
    ['', 'in', ordinary(['*']), {}, {}, 'It is a source: that is always in'],
    ['a/x.o', 'out', ordinary(['*.o']), {}, {}, `"*.o" (--exclude) leaves out ${sep}a${sep}x.o`],
    ['a/b/x.o', 'in', ordinary(['*.o', '!/a/b/x.o']), {}, {}, '"!/a/b/x.o" (--exclude) keeps it'],
    [
      'a/b/y',
      'out',
      ordinary(['a/']),
      {},
      {},
      `"a/" (--exclude) leaves out ${sep}a; so all below it is out, too`,
    ],
    ['nothing/', 'out', ordinary(['nothing/']), {}, {}, `"nothing/" (--exclude) leaves out ${sep}nothing`],
    ['nothing', 'in', ordinary(['nothing/']), {}, {}, 'No rule leaves it out'],
    [
      'a/b/y',
      'out',
      ordinary([], { largerThan: 8 }),
      {},
      {},
      `${sep}a${sep}b${sep}y has 9 bytes, which is too large (--exclude-larger-than)`,
    ],
    ['c', 'out', ordinary([], { ifPresent: ['.tag'] }), {}, {}, `${sep} holds .tag (--exclude-if-present)`],
    ['.tag', 'in', ordinary([], { ifPresent: ['.tag'] }), {}, {}, 'No rule leaves it out'],
    [
      'a/b',
      'out',
      ordinary([]),
      { oneFileSystem: true },
      { devices: { '/a': 2n } },
      `${sep}a is another file system (--one-file-system)`,
    ],
    ['c', 'out', shortRules({ include_dirs: ['a'] }), {}, {}, `Nothing names ${sep}c`],
    [
      'a',
      'in',
      shortRules({ include_dirs: ['a/b'] }),
      {},
      {},
      'Nothing names it, but something in it may be: it is in if that is there',
    ],
    [
      'a/b/y',
      'in',
      shortRules({ include_dirs: ['a/b'] }),
      {},
      {},
      '"a/b" (include_dirs) keeps it, without its history',
    ],
  ])('of %s: %s', (path, verdict, rules, options, faults, why) => {
    const explanation = ask(path, tree, rules, options, faults);
    expect({ ...explanation, verdict: explanation.included ? 'in' : 'out' }).toMatchObject({ verdict, why });
    const quoted = /^"([^"]+)" \(([^)]+)\)/.exec(why);
    expect(explanation.decidedBy).toEqual(quoted ? { rule: quoted[1], origin: quoted[2] } : undefined);
  });
});

describe('the walk of a source', () => {
  const tree: Tree = { a: { b: { c: 1 } } };
  const source = { name: 's', path: Buffer.from(sep) };
  const reached = (components: string[], list: Record<string, string> = {}) =>
    reachOf(source, optionsFor(sep), fakeDisk(tree, { list }))(components);

  it('comes to what is in directories that it can list', () => {
    expect(reached(['a', 'b', 'c'])).toBe(true);
    expect(reached(['a', 'b'], { '/a/b': 'EACCES' })).toBe(true);
    expect(reached(['a', 'b', 'c'], { '/a': 'EACCES' })).toBe(false);
  });

  it('comes by what is not there', () => {
    expect(reached(['a', 'gone'], { '/a': 'EACCES' })).toBe(true);
  });
});
