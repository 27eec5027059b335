import process from 'node:process';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { type Interruption, interruptible } from '../../src/cli/signals.ts';

let interruption: Interruption | undefined;
const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
beforeEach(() => exit.mockClear());
afterEach(() => interruption?.stop());

function begin(platform: string) {
  const onFirst = vi.fn();
  interruption = interruptible(onFirst, platform);
  return { ...interruption, onFirst };
}

const all = [
  ['linux', 'SIGINT'],
  ['linux', 'SIGTERM'],
  ['win32', 'SIGINT'],
  ['win32', 'SIGTERM'],
  // Ctrl+Break, and the console that is closed.
  ['win32', 'SIGBREAK'],
  ['win32', 'SIGHUP'],
] as const;

test.each(all)('%s: the first %s interrupts, the second ends at once', (platform, name) => {
  const { signal, late, onFirst } = begin(platform);
  process.emit(name);
  expect(signal.reason).toMatchObject({ code: 'interrupted' });
  expect(late.aborted).toBe(false);
  expect(onFirst).toHaveBeenCalledTimes(1);
  expect(exit).not.toHaveBeenCalled();
  process.emit(name);
  expect(exit.mock.calls).toEqual([[exitCodes.interrupted]]);
});

test('elsewhere a terminal that hangs up is none of it, and nothing is heard once it is over', () => {
  const before = process.listenerCount('SIGINT');
  const { signal, stop } = begin('linux');
  expect(process.listenerCount('SIGHUP')).toBe(0);
  stop();
  expect(process.listenerCount('SIGINT')).toBe(before);
  expect(signal.aborted).toBe(false);
});
