import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cronCommand,
  escapeXml,
  quoteShell,
  systemdQuote,
  windowsArguments,
} from '../../src/schedule/quoting.ts';
import { lacks } from '../fixtures/platform.ts';

/** Words with everything that could mean something to somebody. */
const word = fc.string({
  unit: fc.constantFrom(...'ab \\"\'$`%&<>|;()[]{}*?~#!^=,-/:@+äß中'.split('')),
  maxLength: 12,
});

describe.skipIf(lacks('shell'))('POSIX shells', () => {
  test('the shell takes the words apart again', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const script = `for w in ${words.map(quoteShell).join(' ')}; do printf '%s\\n' "$w"; done`;
        const text = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
        expect(text).toBe(words.map((w) => `${w}\n`).join(''));
      }),
      { numRuns: 40 },
    );
  });

  test('in a crontab a percent sign is escaped, wherever it stands', () => {
    expect(cronCommand(['/a%b', 'x y%', "it's"])).toBe("'/a\\%b' 'x y\\%' 'it'\\''s'");
    expect(() => cronCommand(['/a\\b'])).toThrow(/cannot stand in a crontab/);
  });
});

describe('systemd', () => {
  test.each([
    ['/usr/bin/node', '/usr/bin/node'],
    ['a b', '"a b"'],
    ['100%', '100%%'],
    ['C:\\x "y"', '"C:\\\\x \\"y\\""'],
    ['', '""'],
    ["it's", `"it's"`],
    [';', '";"'],
  ])('%j', (text, quoted) => {
    expect(systemdQuote(text)).toBe(quoted);
  });
});

describe('Windows', () => {
  test('CommandLineToArgvW takes the words apart again', () => {
    // What the Task Scheduler would replace is refused.
    const words = fc.array(word, { maxLength: 6 }).filter((all) => !all.some((w) => /%[^%]+%|\$\(/.test(w)));
    fc.assert(
      fc.property(words, (all) => {
        expect(commandLineToArgv(windowsArguments(all))).toEqual(all);
      }),
    );
  });

  test.each(['C:\\%TEMP%\\x', '$(Arg0)'])('what the Task Scheduler replaces is refused: %s', (text) => {
    expect(() => windowsArguments([text])).toThrow(/cannot stand in a scheduled task/);
  });
});

test.each([
  ['a crontab', () => cronCommand(['a\nb'])],
  ['a unit', () => systemdQuote('a\nExecStart=b')],
  ['a task', () => windowsArguments(['a\u0001'])],
  ['XML', () => escapeXml('a\u0000')],
])('a control character never gets into %s', (_, quote) => {
  expect(quote).toThrow(/cannot stand in/);
});

/** The documented rules: 2n backslashes and a quote are n and a quote that groups, 2n+1 are n and a quote. */
function commandLineToArgv(line: string): string[] {
  const words: string[] = [];
  let current: string | undefined;
  let grouped = false;
  for (let i = 0; i < line.length; i++) {
    const slashes = /^\\*/.exec(line.slice(i))![0].length;
    if (line[i + slashes] === '"' && slashes > 0) {
      current = (current ?? '') + '\\'.repeat(Math.floor(slashes / 2));
      if (slashes % 2 === 1) current += '"';
      i += slashes - (slashes % 2 === 1 ? 0 : 1);
    } else if (line[i] === '"') {
      grouped = !grouped;
      current ??= '';
    } else if (line[i] === ' ' && !grouped) {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else current = (current ?? '') + line[i];
  }
  return current === undefined ? words : [...words, current];
}
