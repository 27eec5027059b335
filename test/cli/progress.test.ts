import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { progressLine, progressLines, RateMeter } from '../../src/cli/progress.ts';
import { textWidth } from '../../src/cli/text-width.ts';

const MIB = 2 ** 20;
const progress = { files: 1234, bytes: 30 * MIB, transferred: 12 * MIB, current: 'home/ann/a.txt' };

describe('progressLines', () => {
  test('before the whole is known', () => {
    expect(progressLines({ phase: 'scanning', progress, rate: 5 * MIB }, 80)).toEqual([
      'Backing up: 1,234 files · 30.0 MiB · 12.0 MiB sent · 5.0 MiB/s',
      '  home/ann/a.txt',
    ]);
  });

  test('with the whole known, how long it will take', () => {
    const whole = { ...progress, totalFiles: 2000, totalBytes: 90 * MIB };
    expect(progressLines({ phase: 'restoring', progress: whole, rate: 5 * MIB }, 200)[0]).toBe(
      'Restoring: 1,234 of 2,000 files · 30.0 MiB of 90.0 MiB (33 %) · 12.0 MiB fetched · 5.0 MiB/s · 12 s left',
    );
  });

  test('in a narrow terminal the less important figures go first', () => {
    const whole = { ...progress, totalFiles: 2000, totalBytes: 90 * MIB };
    expect(progressLines({ phase: 'restoring', progress: whole, rate: 5 * MIB }, 64)[0]).toBe(
      'Restoring: 30.0 MiB of 90.0 MiB (33 %) · 5.0 MiB/s · 12 s left',
    );
  });

  test('never fill a line, whatever there is to tell', () => {
    const number = fc.nat();
    const any = fc.record({
      files: number,
      bytes: number,
      totalBytes: number,
      transferred: number,
      current: fc.string({ unit: 'binary' }).map((text) => text.replace(/\p{Cc}/gu, '')),
    });
    fc.assert(
      fc.property(any, fc.integer({ min: 12, max: 200 }), (value, columns) => {
        for (const line of progressLines({ phase: 'scanning', progress: value, rate: 1000 }, columns)) {
          expect(textWidth(line)).toBeLessThan(columns);
        }
      }),
    );
  });
});

test('a line for a log says what is being read', () => {
  expect(progressLine({ phase: 'scanning', progress })).toMatch(
    /^Backing up: 1,234 files .*: home\/ann\/a\.txt$/,
  );
  expect(progressLine({ phase: 'waiting', detail: 'for process 12' })).toBe('Waiting for process 12');
});

describe('RateMeter', () => {
  test('knows nothing at first, then the rate of the last ten seconds', () => {
    const meter = new RateMeter();
    meter.add(0, 0);
    expect(meter.rate).toBeUndefined();
    for (let second = 1; second <= 10; second++) meter.add(second * 1000, second * 100);
    expect(meter.rate).toBeCloseTo(100);
    for (let second = 11; second <= 40; second++) meter.add(second * 1000, 1000);
    expect(meter.rate).toBe(0);
  });
});
