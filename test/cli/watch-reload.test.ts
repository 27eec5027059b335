import { expect, test } from 'vitest';
import { Reload } from '../../src/cli/watch-reload.ts';

test('who asks is answered once', async () => {
  const reload = new Reload();
  expect(reload.signal.aborted).toBe(false);
  reload.ask();
  reload.ask();
  expect(reload.signal.aborted).toBe(true);
  expect(await reload.answer(async () => 'read')).toBe('read');
  expect(reload.signal.aborted).toBe(false);
});

test('who asks while it is being read is not forgotten', async () => {
  const reload = new Reload();
  reload.ask();
  await reload.answer(async () => reload.ask());
  expect(reload.signal.aborted).toBe(true);
});
