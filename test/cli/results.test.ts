import { describe, expect, test } from 'vitest';
import { resultsIn } from '../../src/cli/results.ts';
import { BmcloudError } from '../../src/errors.ts';
import { recordingScreen } from '../fixtures/screen.ts';

async function* values(count: number, failure?: Error) {
  for (let i = 0; i < count; i++) yield await Promise.resolve({ n: i, at: new Date(0), big: 2n });
  if (failure) throw failure;
}

function listing(count: number, failure?: Error) {
  return {
    one: 'entry',
    many: 'entries',
    values: values(count, failure),
    line: ({ n }: { n: number }) => `entry ${n}`,
  };
}

const damage = new BmcloudError('damaged', 'a pack is damaged', { hint: 'Run verify' });
const damageJson = { code: 'damaged', message: 'a pack is damaged', hint: 'Run verify' };

describe('--json is one object', () => {
  test.each([0, 1, 3])('with %d in a list', async (count) => {
    const screen = recordingScreen();
    await resultsIn('json', screen).list(listing(count));
    const entry = { at: '1970-01-01T00:00:00.000Z', big: '2' };
    expect(JSON.parse(screen.text)).toEqual({
      entries: Array.from({ length: count }, (_, n) => ({ n, ...entry })),
    });
  });

  test.each([0, 2])('when it fails after %d', async (count) => {
    const screen = recordingScreen();
    const results = resultsIn('json', screen);
    await expect(results.list(listing(count, damage))).rejects.toBe(damage);
    expect(await results.failure(damage)).toBe(true);
    const object = JSON.parse(screen.text) as { entries?: unknown[]; error: unknown };
    expect(object.error).toEqual(damageJson);
    expect(object.entries ?? []).toHaveLength(count);
  });
});

test('--json-stream is a line each, and says how many at the end', async () => {
  const screen = recordingScreen();
  await resultsIn('json-stream', screen).list(listing(2));
  const lines = screen.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map((line) => line.type)).toEqual(['entry', 'entry', 'result']);
  expect(lines[2]).toEqual({ type: 'result', result: { count: 2 } });
});

test('for people, errors are not results', async () => {
  const screen = recordingScreen();
  const results = resultsIn('text', screen);
  await results.list(listing(2));
  expect(await results.failure(damage)).toBe(false);
  expect(screen.text).toBe('entry 0\nentry 1\n');
});

test('when nobody reads any more, nothing more is fetched', async () => {
  const screen = { ...recordingScreen(), closed: true };
  expect(await resultsIn('text', screen).list(listing(1_000_000_000))).toBe(0);
});
