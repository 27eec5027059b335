import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseRestic } from '../../src/cli/foreign-restic.ts';
import { ruleLines } from '../../src/index.ts';
import { compile } from '../../src/rules/compile.ts';

const sources = ['/s/t', '/u'];
const inSources = ['a', 'b', 'ab'];

const component = fc.constantFrom(
  'a',
  'b',
  'ab',
  's',
  't',
  'u',
  '*',
  '?',
  'a*',
  '[ab]',
  '[!a]',
  '[^a]',
  '**',
  '.',
);
const pattern = fc
  .tuple(
    fc.constantFrom('', '!'),
    fc.constantFrom('', '/', '/s/t/', '/u/'),
    fc.array(component, { minLength: 1, maxLength: 4 }).map((names) => names.join('/')),
    fc.constantFrom('', '/'),
  )
  .map((parts) => parts.join(''));
const place = fc.tuple(
  fc.constantFrom(...sources),
  fc.array(fc.constantFrom(...inSources), { minLength: 1, maxLength: 4 }),
);

const lists = fc
  .array(pattern, { minLength: 1, maxLength: 4 })
  // There such a backup is empty.
  .filter((list) => !sources.some((source) => list.some((text) => isExclusionOf(source, text))));

test('restic leaves out the same', () => {
  fc.assert(
    fc.property(lists, place, (list, [source, names]) => {
      const { settings, lost } = parseRestic(list.join('\n'), { home: '/h', sources, windows: false });
      const told = new Set(lost.map((line) => Number.parseInt(line, 10) - 1));
      const carried = list.filter((_, i) => !told.has(i));
      expect(isLeftOutHere(settings.exclude, source, names)).toBe(isLeftOutThere(carried, source, names));
    }),
    { numRuns: 2000 },
  );
});

function isExclusionOf(source: string, text: string): boolean {
  return !text.startsWith('!') && matchesPart(text, componentsOf(source));
}

function isLeftOutHere(exclude: string[], source: string, names: string[]): boolean {
  const lines = ruleLines(exclude, { origin: 'x' });
  const rules = compile({ form: 'ordinary', lines, ignoreFiles: false, ifPresent: [] });
  let scope = rules.source(componentsOf(source));
  return names.some((name, i) => {
    const isLast = i === names.length - 1;
    const out = scope.decide(name, !isLast)?.fate === 'out';
    scope = scope.enter(name);
    return out;
  });
}

/** By the manual: a pattern is compared with every part of a whole path; what is left out is not entered. */
function isLeftOutThere(list: string[], source: string, names: string[]): boolean {
  return names.some((_, i) => {
    const path = [...componentsOf(source), ...names.slice(0, i + 1)];
    return list.reduce((isOut, text) => {
      const isKept = text.startsWith('!');
      return matchesPart(isKept ? text.slice(1) : text, path) ? !isKept : isOut;
    }, false);
  });
}

function matchesPart(text: string, path: string[]): boolean {
  const source = text
    .split('/')
    .filter((name) => name !== '' && name !== '.')
    .map((name) => (name === '**' ? '(?:[^/]+/)*' : `${nameExpression(name)}/`))
    .join('');
  return new RegExp(`${text.startsWith('/') ? '^/' : '/'}${source}`).test(`/${path.join('/')}/`);
}

function nameExpression(name: string): string {
  if (name === '[!a]') return '[!a]';
  return name.replace('[^a]', '[^a/]').replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
}

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}
