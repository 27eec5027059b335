import { beforeEach, describe, expect, test } from 'vitest';
import { JobPace } from '../../src/watch/pace.ts';

const pace = { interval: 300_000, debounce: 5000, minDistance: 60_000 };
let job: JobPace;
beforeEach(() => {
  job = new JobPace(pace, () => 1);
});

test('a job is due at once, then at intervals from the end of its check', () => {
  expect(job.due()).toEqual({ at: 0, reason: 'start' });
  job.begin();
  job.ended(1000, 10, false);
  expect(job.due()).toEqual({ at: 301_000, reason: 'interval' });
});

describe('a change', () => {
  beforeEach(() => {
    job.begin();
    job.ended(1000, 10, false);
  });

  test('brings the check nearer, once it is quiet', () => {
    job.changed(20_000);
    job.changed(23_000);
    expect(job.due()).toEqual({ at: 28_000, reason: 'change' });
  });

  test('that never ends puts it off no further than the interval', () => {
    for (let now = 2000; now < 400_000; now += 1000) job.changed(now);
    expect(job.due()).toEqual({ at: 301_000, reason: 'interval' });
  });

  test('during a check is another change; before it, it was seen', () => {
    job.changed(20_000);
    job.begin();
    job.ended(30_000, 10, false);
    expect(job.due().reason).toBe('interval');
    job.begin();
    job.changed(40_000);
    job.ended(41_000, 10, false);
    expect(job.due()).toEqual({ at: 45_000, reason: 'change' });
  });

  test('comes no sooner after a push than the least distance', () => {
    job.begin();
    job.ended(10_000, 10, true);
    job.changed(11_000);
    expect(job.due()).toEqual({ at: 70_000, reason: 'change' });
  });

  test('of a tree that takes long to look at is looked at after a rest', () => {
    job.begin();
    job.ended(50_000, 8000, false);
    job.changed(51_000);
    expect(job.due()).toEqual({ at: 210_000, reason: 'change' });
  });
});

test('the least distance goes before a shorter interval', () => {
  job = new JobPace({ ...pace, interval: 1000 }, () => 1);
  job.begin();
  job.ended(5000, 10, true);
  expect(job.due()).toEqual({ at: 65_000, reason: 'interval' });
});

test('failures are tried again ever more rarely, and changes hurry nothing', () => {
  const waits: number[] = [];
  for (let n = 0; n < 8; n++) {
    job.begin();
    waits.push(job.failed(1000));
    job.changed(1001);
    expect(job.due()).toEqual({ at: 1000 + waits[n]!, reason: 'retry' });
  }
  expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  expect(job.failures).toBe(8);
  job.begin();
  job.ended(2000, 10, false);
  expect(job.failures).toBe(0);
  expect(job.due().reason).toBe('interval');
});

test('a wait is never less than half of what it may be', () => {
  job = new JobPace(pace, () => 0);
  expect(job.failed(0)).toBe(5000);
});

test('a busy job is no failure, and is tried again soon', () => {
  job.begin();
  expect(job.busy(1000)).toBe(30_000);
  expect(job.due()).toEqual({ at: 31_000, reason: 'retry' });
  expect(job.failures).toBe(0);
});
