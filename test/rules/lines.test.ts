import { describe, expect, it } from 'vitest';
import { compile } from '../../src/rules/compile.ts';
import { type LineOptions, ruleLines, ruleLinesOfFile } from '../../src/rules/lines.ts';
import type { Decision, RuleLine } from '../../src/rules/rules.ts';
import { textOf } from '../../src/rules/text.ts';

/** `out`, or `in`, for each path; with a slash at its end it is a directory. */
function outOf(lines: RuleLine[], paths: string[], source = '/data'): string[] {
  const rules = compile({ form: 'ordinary', lines, ignoreFiles: false, ifPresent: [] });
  return paths.filter((path) => {
    const components = path.replace(/\/$/, '').split('/');
    let scope = rules.source(source.split(/[\\/]/).filter(Boolean));
    for (const [i, name] of components.entries()) {
      const isInner = i + 1 < components.length;
      const { fate } = scope.decide(name, isInner || path.endsWith('/')) as Decision;
      if (fate === 'out') return true;
      scope = scope.enter(name);
    }
    return false;
  });
}

function lines(patterns: string[], options: Partial<LineOptions> = {}): RuleLine[] {
  return ruleLines(patterns, { origin: '--exclude', ...options });
}

describe('lines of a job', () => {
  it('re-include with the list of what is in, but nothing below a directory that is out', () => {
    const both = [...lines(['*.log', 'build/']), ...lines(['keep.log', 'build/x'], { include: true })];
    const paths = ['a.log', 'keep.log', 'deep/keep.log', 'build/x', 'build/keep.log'];
    expect(outOf(both, paths)).toEqual(['a.log', 'build/x', 'build/keep.log']);
  });

  it('compare without regard to case where that is asked, in any alphabet', () => {
    const paths = ['A.TMP', 'a.tmp', 'ÄPFEL.txt', 'x/äpfel.TXT'];
    expect(outOf(lines(['*.tmp', 'äpfel.*'], { ignoreCase: true }), paths)).toEqual(paths);
    expect(outOf(lines(['*.tmp', 'äpfel.*']), paths)).toEqual(['a.tmp', 'x/äpfel.TXT']);
  });

  it('take characters for characters, where git takes bytes', () => {
    expect(outOf(lines(['photo?.jpg', '[äö]x']), ['photoé.jpg', 'photo😀.jpg', 'öx', 'photoab.jpg'])).toEqual(
      ['photoé.jpg', 'photo😀.jpg', 'öx'],
    );
  });

  it('understand an absolute path that begins with that of the source', () => {
    const patterns = ['/data/cache', '/data/*/tmp/', '!/data/b/tmp/'];
    expect(outOf(lines(patterns), ['cache', 'a/tmp/', 'b/tmp/', 'a/tmp', 'data/cache', 'x/cache'])).toEqual([
      'cache',
      'a/tmp/',
    ]);
    expect(outOf(lines(patterns), ['data/cache', 'cache'], '/elsewhere')).toEqual(['data/cache']);
    expect(outOf(lines(['/home/*/.cache']), ['.cache', 'x/.cache'], '/home/ann')).toEqual(['.cache']);
    expect(outOf(lines(['/*/cache']), ['cache', 'x/cache'], '/home')).toEqual(['x/cache']);
  });

  it('understand paths of Windows there', () => {
    const windows = lines(['C:\\Users\\Ann\\AppData', '!c:/users/ann/appdata/keep'], { windows: true });
    expect(outOf(windows, ['AppData/', 'appdata', 'x/AppData'], 'C:\\Users\\Ann')).toEqual([
      'AppData/',
      'appdata',
    ]);
  });

  it('have an answer soon, however many stars there are', () => {
    const [stars, name] = [`${'*a'.repeat(20)}b`, 'a'.repeat(250)];
    expect(outOf(lines([stars]), [name])).toEqual([]);
  });

  it.each(['', '!', '/', 'a[b', 'a\\', '[[:nothing:]]'])('refuse "%s", which matches nothing', (pattern) => {
    expect(() => lines([pattern])).toThrow(`--exclude: "${pattern}" matches nothing`);
  });
});

describe('files of patterns', () => {
  it('have comments, empty lines, ends of any system, and blanks that are meant', () => {
    const bytes = Buffer.from('\ufeff# comment\n\n*.o\r\n \n\\#a\nb\\ \nc  \n!*.x');
    expect(ruleLinesOfFile(bytes, 'F').map(({ text, origin }) => `${origin} ${text}`)).toEqual([
      'F:3 *.o',
      'F:5 \\#a',
      'F:6 b\\ ',
      'F:7 c',
      'F:8 !*.x',
    ]);
  });

  it('name the line that matches nothing', () => {
    expect(() => ruleLinesOfFile(Buffer.from('a\n[b'), 'my.rules')).toThrow(
      'my.rules:2: "[b" matches nothing',
    );
  });

  it('may hold names that are not UTF-8', () => {
    const bytes = Buffer.from([0x61, 0xff, 0x0a, 0x3f, 0xfe]);
    const names = [[0x61, 0xff], [0x61, 0xfe], [0x62, 0xff], [0xfe]].map((name) => textOf(Buffer.from(name)));
    expect(outOf(ruleLinesOfFile(bytes, 'F'), names)).toEqual(names.slice(0, 2));
  });
});
