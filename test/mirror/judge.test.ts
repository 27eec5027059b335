import { describe, expect, test } from 'vitest';
import type { Known } from '../../src/mirror/align.ts';
import { isQuiet, judge } from '../../src/mirror/judge.ts';
import type { RecordEntry } from '../../src/mirror/record.ts';
import type { Stat } from '../../src/model/entry.ts';

const path = Buffer.from('a');
const stamp = (seconds: number, nanos = 0) => ({ seconds, nanos });
const plain: Stat = { type: 'file', size: 3, mtime: stamp(9), ctime: stamp(9), mode: 0o644, uid: 0, gid: 0 };

const found = (stat: Partial<Stat> = {}) => ({
  path,
  entry: path,
  stat: { ...plain, ...stat },
  content: new Uint8Array(0),
});
const recorded = (facts: Partial<RecordEntry> = {}): RecordEntry => ({
  path,
  type: 'file',
  size: 3,
  mtime: stamp(9),
  ctime: stamp(9),
  mode: 0o644,
  operation: 'same',
  tracked: true,
  ...facts,
});

function judged(
  known: Omit<Known, 'path'>,
  { precision = 2000, unseen = false, tracked = true } = {},
): string {
  const asks = { isTracked: () => tracked, isUnseen: () => unseen };
  const step = judge({ path, ...known }, { precision, modeBits: 0o777, isMoving: false, ...asks });
  return [step.act, step.operation, ...(step.mend ? ['mend'] : []), ...(isQuiet(step) ? ['quiet'] : [])].join(
    ' ',
  );
}

describe('a file', () => {
  test.each<[string, Omit<Known, 'path'>, string]>([
    ['as it was', { source: found(), mirror: found(), last: recorded() }, 'keep same quiet'],
    [
      'with another mode',
      { source: found({ mode: 0o600 }), mirror: found(), last: recorded() },
      'keep same mend',
    ],
    ['nobody knew', { source: found() }, 'copy new'],
    ['of another size', { source: found({ size: 4 }), mirror: found(), last: recorded() }, 'copy changed'],
    [
      'of another time',
      { source: found({ mtime: stamp(9, 5000) }), mirror: found(), last: recorded() },
      'copy changed',
    ],
    [
      'changed under its old time',
      { source: found({ ctime: stamp(10) }), mirror: found(), last: recorded() },
      'compare same',
    ],
    [
      'copied while it was young',
      { source: found(), mirror: found(), last: recorded({ recent: true }) },
      'compare same',
    ],
    ['the mirror lost', { source: found(), last: recorded() }, 'copy same'],
    [
      'a run copied that was broken off',
      { source: found({ size: 4 }), mirror: found({ size: 4 }), last: recorded() },
      'keep changed',
    ],
    [
      'that was a directory',
      { source: found(), mirror: found({ type: 'directory' }), last: recorded({ type: 'directory' }) },
      'copy changed',
    ],
    [
      'that is tracked from now on',
      { source: found(), mirror: found(), last: recorded({ tracked: false }) },
      'keep changed',
    ],
    ['that vanished', { mirror: found(), last: recorded() }, 'drop deleted'],
    ['that nobody has any more', { last: recorded() }, 'gone deleted'],
  ])('%s', (_, known, expected) => {
    expect(judged(known)).toBe(expected);
  });

  test('below what cannot be seen stays', () => {
    expect(judged({ mirror: found(), last: recorded() }, { unseen: true })).toBe('unseen same quiet');
  });

  test('where times are cut off, the record tells versions apart', () => {
    const mirror = found({ mtime: stamp(8) });
    const coarse = { precision: 2_000_000_000 };
    expect(judged({ source: found(), mirror, last: recorded() }, coarse)).toBe('keep same quiet');
    expect(judged({ source: found({ mtime: stamp(9, 5) }), mirror, last: recorded() }, coarse)).toBe(
      'copy changed',
    );
  });
});

test('a directory, and a link', () => {
  const folder = found({ type: 'directory', mode: 0o755, size: 0 });
  const was = recorded({ type: 'directory', size: 0 });
  expect(judged({ source: folder, mirror: folder, last: was })).toBe('folder same quiet');
  expect(judged({ source: folder, last: was })).toBe('folder same');
  const link = (target: string) => found({ type: 'symlink', size: 0, target: Buffer.from(target) });
  const linked = recorded({ type: 'symlink', size: 0, target: Buffer.from('b') });
  expect(judged({ source: link('b'), mirror: link('b'), last: linked })).toBe('keep same quiet');
  expect(judged({ source: link('c'), mirror: link('b'), last: linked })).toBe('link changed');
});
