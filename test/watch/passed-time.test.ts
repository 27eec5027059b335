import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PassedTime } from '../../src/watch/passed-time.ts';

function clocks() {
  const at = { steady: 500, wall: 1e12 };
  const time = new PassedTime({ steady: () => at.steady, wall: () => at.wall });
  return { at, time };
}

test('sleep counts, although the steady clock stood still', () => {
  const { at, time } = clocks();
  at.steady += 10;
  at.wall += 3_600_010;
  expect(time.now()).toBe(3_600_010);
});

test('a wall clock that is set back takes nothing away, and what follows counts', () => {
  const { at, time } = clocks();
  at.wall -= 86_400_000;
  at.steady += 1000;
  expect(time.now()).toBe(1000);
  at.wall += 50;
  at.steady += 50;
  expect(time.now()).toBe(1050);
});

test('it never goes back, and never behind either clock, whatever they do', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(100_000), fc.integer({ min: -1_000_000, max: 1_000_000 }))),
      (steps) => {
        const { at, time } = clocks();
        let before = time.now();
        for (const [steady, wall] of steps) {
          at.steady += steady;
          at.wall += wall;
          const now = time.now();
          expect(now - before).toBe(Math.max(steady, wall));
          before = now;
        }
      },
    ),
  );
});
