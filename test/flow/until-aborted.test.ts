import { expect, test } from 'vitest';
import { untilAborted } from '../../src/flow/until-aborted.ts';

test('values come until the signal is aborted, and their source is told', async () => {
  let isClosed = false;
  const values = function* () {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      isClosed = true;
    }
  };
  const stop = new AbortController();
  const got: number[] = [];
  const all = async () => {
    for await (const value of untilAborted(values(), stop.signal)) {
      got.push(value);
      if (value === 2) stop.abort();
    }
  };
  await expect(all()).rejects.toMatchObject({ code: 'interrupted' });
  expect({ got, isClosed }).toEqual({ got: [0, 1, 2], isClosed: true });
});

test('without a signal nothing changes', async () => {
  const got: string[] = [];
  for await (const value of untilAborted(['a', 'b'], undefined)) got.push(value);
  expect(got).toEqual(['a', 'b']);
});
