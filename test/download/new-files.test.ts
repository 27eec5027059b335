import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Attributes } from '../../src/download/attributes.ts';
import { NewFiles } from '../../src/download/new-files.ts';
import { lacks } from '../fixtures/platform.ts';

const { uid, gid } = userInfo();
const MODES = [0o644, 0o600, 0o777, 0o444, 0o000, 0o644, 0o4755, 0o1644, 0o2755, 0o777, 0o644];
const OLD = { seconds: -7, nanos: 0 };
const NEW = { seconds: 1_700_000_000, nanos: 123_456_000 };

let directory: string;
let umask: number;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-new-files-'));
  umask = process.umask();
});

afterEach(() => {
  process.umask(umask);
  rmSync(directory, { recursive: true });
});

function newFiles({ ownership }: { ownership: boolean }): NewFiles {
  return new NewFiles(new Attributes({ ownership, setIds: true, target: { fromWindows: false } }));
}

/** Makes files in `directory` one after the other, and looks at them. */
function made(files: { mode: number; uid?: number; gid?: number }[], { ownership = uid === 0 } = {}) {
  const maker = newFiles({ ownership });
  return files.map((rights, i) => {
    const draft = join(directory, String(i));
    const mtime = i % 2 === 0 ? NEW : OLD;
    maker.make({ directory, draft, stat: { mtime, uid, gid, ...rights } }, (descriptor) => {
      writeSync(descriptor, draft);
    });
    const stats = lstatSync(draft);
    expect(Math.abs(stats.mtimeMs - (mtime.seconds * 1000 + mtime.nanos / 1e6))).toBeLessThan(1);
    expect(stats.size).toBe(draft.length);
    return stats;
  });
}

test.skipIf(lacks('modes')).each([0o022, 0o000, 0o077, 0o027])(
  'every mode is exact under mask %o',
  (mask) => {
    process.umask(mask);
    const stats = made(MODES.map((mode) => ({ mode })));
    expect(stats.map(({ mode }) => mode & 0o7777)).toEqual(MODES);
  },
);

test.skipIf(lacks('modes') || uid !== 0)('owners are exact, also where the directory gives its group', () => {
  chownSync(directory, 0, 1234);
  chmodSync(directory, 0o2755);
  const owners = [
    { uid: 0, gid: 0 },
    { uid: 0, gid: 0 },
    { uid: 0, gid: 1234 },
    { uid: 0, gid: 1234 },
    { uid: 7, gid: 1234 },
    { uid: 0, gid: 1234 },
    { uid: 7, gid: 8 },
  ];
  const stats = made(owners.map((owner) => ({ mode: 0o640, ...owner })));
  expect(stats.map((file) => ({ uid: file.uid, gid: file.gid }))).toEqual(owners);
  expect(new Set(stats.map(({ mode }) => mode & 0o7777))).toEqual(new Set([0o640]));
});

test.skipIf(lacks('modes'))('while it is filled, nobody reads a file that is to have another owner', () => {
  const maker = newFiles({ ownership: true });
  const modes = [0, 1, 2].map((i) => {
    const draft = join(directory, String(i));
    let mode = 0;
    const stat = { mtime: NEW, mode: 0o666, uid: uid === 0 ? 7 : uid, gid };
    maker.make({ directory, draft, stat }, () => {
      mode = lstatSync(draft).mode & 0o077;
    });
    return mode;
  });
  if (uid === 0) expect(modes).toEqual([0, 0, 0]);
  else expect(modes[0]).toBe(0);
});

test.skipIf(lacks('modes') || uid !== 0)('each directory is looked at', () => {
  const maker = newFiles({ ownership: true });
  const groups = [0, 1234, 0].flatMap((group, i) => {
    const place = join(directory, `d${i}`);
    mkdirSync(place);
    chownSync(place, 0, group);
    chmodSync(place, 0o2755);
    return ['a', 'b', 'c'].map((name) => {
      const draft = join(place, name);
      maker.make({ directory: place, draft, stat: { mtime: NEW, mode: 0o644, uid: 0, gid: 0 } }, () => {});
      return lstatSync(draft).gid;
    });
  });
  expect(groups).toEqual(Array(9).fill(0));
});
