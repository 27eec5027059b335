import { beforeEach, describe, expect, test } from 'vitest';
import { textReporter } from '../../src/cli/reporter-text.ts';
import { type RecordingScreen, recordingScreen } from '../fixtures/screen.ts';

let now: number;
let stderr: RecordingScreen;
beforeEach(() => {
  now = 0;
});

function reporter(
  options: { interactive?: boolean; quiet?: boolean; verbose?: boolean; progress?: boolean } = {},
) {
  stderr = recordingScreen({ interactive: options.interactive ?? false, width: 60 });
  const usual = { quiet: false, verbose: false, progress: true, skippedShown: 10 };
  return textReporter({ ...usual, ...options, stderr, clock: () => now });
}

function progress(files: number) {
  return {
    type: 'progress',
    progress: { files, bytes: files * 1000, transferred: 0, current: `f${files}` },
  } as const;
}

const ESCAPE = '\u001b';
const controls = new RegExp(`(\\r|\\n|${ESCAPE}\\[\\d?[A-Z])`);

/** What a terminal shows after it was written to: cursor up, erase line, erase below. */
function shown(text: string): string[] {
  let lines = [''];
  let row = 0;
  for (const part of text.split(controls)) {
    if (part === '\n') {
      row++;
      lines[row] ??= '';
    } else if (part === '\u001b[1A') row--;
    else if (part === '\u001b[2K') lines[row] = '';
    else if (part === '\u001b[0J') {
      lines = lines.slice(0, row + 1);
      lines[row] = '';
    } else if (part !== '\r') lines[row] += part;
  }
  return lines.filter((line) => line !== '');
}

describe('on a terminal', () => {
  test('two lines are drawn over, ten times a second at most, and gone at the end', () => {
    const { event, close } = reporter({ interactive: true });
    event({ type: 'phase', phase: 'scanning' });
    let redrawn = 0;
    for (now = 0; now < 1000; now += 10) {
      stderr.clear();
      event(progress(now));
      if (stderr.text !== '') redrawn++;
    }
    expect(redrawn).toBeLessThanOrEqual(10);
    now = 0;
    const screen = reporter({ interactive: true });
    for (now = 0; now < 1000; now += 50) screen.event(progress(now));
    expect(shown(stderr.text)).toHaveLength(2);
    expect(shown(stderr.text)[1]).toBe('  f900');
    screen.close();
    expect(shown(stderr.text)).toEqual([]);
    close();
  });

  test('a warning stands above the progress', () => {
    const { event } = reporter({ interactive: true });
    now = 100;
    event(progress(1));
    event({ type: 'warning', message: 'the clock is off', hint: 'Set it' });
    now = 200;
    event(progress(2));
    expect(shown(stderr.text)).toEqual([
      'Warning: the clock is off',
      '  Set it',
      'Opening the repository: 2 files · 2.0 KiB',
      '  f2',
    ]);
  });
});

describe('elsewhere', () => {
  test('a line every ten seconds, without control characters', () => {
    const { event, close } = reporter();
    for (now = 0; now <= 35_000; now += 100) event(progress(1));
    close();
    expect(stderr.text.trimEnd().split('\n')).toHaveLength(3);
    expect(stderr.text).not.toContain('\u001b');
  });

  test('--no-progress and --quiet silence it; --quiet keeps warnings and loses notices', () => {
    for (const options of [{ progress: false }, { quiet: true }]) {
      const { event } = reporter(options);
      for (now = 0; now <= 35_000; now += 100) event(progress(1));
      expect(stderr.text).toBe('');
    }
    const { event } = reporter({ quiet: true });
    event({ type: 'notice', message: 'made a repository' });
    event({ type: 'warning', message: 'careful' });
    expect(stderr.text).toBe('Warning: careful\n');
  });
});

test('many skipped paths do not flood; --verbose names them all', () => {
  for (const [verbose, lines] of [
    [false, 11],
    [true, 50],
  ] as const) {
    const { event, close } = reporter({ verbose });
    for (let i = 0; i < 50; i++) event({ type: 'skipped', path: `p${i}`, reason: 'denied', code: 'EACCES' });
    close();
    expect(stderr.text.trimEnd().split('\n')).toHaveLength(lines);
  }
  reporter({ verbose: false });
});

test('a store in trouble is told once in a while', () => {
  const { event } = reporter();
  for (now = 0; now < 25_000; now += 100) event({ type: 'retry', message: 'slow down', wait: 400 });
  expect(stderr.text.trimEnd().split('\n')).toEqual(Array(3).fill('slow down; trying again in 0.4 s'));
});
