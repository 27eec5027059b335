import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SeededRandom } from './random.ts';
import { text } from './text.ts';

/** A data set, and how it changes between two pushes. */
export interface DataSet {
  name: string;
  what: string;
  /** What it takes on a disk, about: bytes, and files with directories. */
  bytes: number;
  files: number;
  make(directory: string): void;
  /** One percent of it: changed, deleted, added; or edited in place. Each round, from 1, other places. */
  change(directory: string, round: number): void;
}

/** Of scenario (f). */
export const SNAPSHOTS = 20;
const MEBIBYTE = 1024 * 1024;
/** Of small files, below the source. */
export const FIRST_FILE = 'd0/e0/f0.txt';

/** Files of a few KiB of text, 94 in a directory when there are 100,000. `FIRST_FILE` changes in every round. */
export function smallFiles(count: number, averageBytes: number): Omit<DataSet, 'name' | 'what'> {
  const path = (directory: string, i: number) =>
    join(directory, `d${i % 97}`, `e${Math.floor(i / 97) % 11}`, `f${i}.txt`);
  return {
    bytes: count * (averageBytes + 2048),
    files: count + 97 * 12,
    make(directory) {
      const random = new SeededRandom(1);
      for (let i = 0; i < count; i++) {
        const file = path(directory, i);
        if (i < 97 * 11) mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, text(random, 1 + random.below(2 * averageBytes)));
      }
    },
    change(directory, round) {
      const random = new SeededRandom(1 + round);
      for (let i = 0; i < count / 300; i++) {
        const added = path(directory, count * round + i);
        writeFileSync(path(directory, i * 300), text(random, averageBytes));
        rmSync(path(directory, i * 300 + round), { force: true });
        mkdirSync(dirname(added), { recursive: true });
        writeFileSync(added, text(random, averageBytes));
      }
    },
  };
}

/** Overwrites pieces of a file in place, without changing its size. */
function editInPlace(file: string, edits: number, bytes: number, round: number): void {
  const random = new SeededRandom(2 + round);
  const { size } = statSync(file);
  const descriptor = openSync(file, 'r+');
  for (let i = 0; i < edits; i++)
    writeSync(descriptor, random.bytes(bytes), 0, bytes, random.below(size - bytes));
  closeSync(descriptor);
}

function largeFile(file: string, mebibytes: number, piece: (random: SeededRandom) => Buffer): void {
  const random = new SeededRandom(4);
  const descriptor = openSync(file, 'w');
  for (let i = 0; i < mebibytes; i++) writeSync(descriptor, piece(random));
  closeSync(descriptor);
}

/** @param scale 1: as the figures are quoted; smaller for a quick look */
export function dataSets(scale: number): Record<string, DataSet> {
  const scaled = (count: number) => Math.max(1, Math.round(count * scale));
  const copies = Math.max(3, scaled(20));
  return {
    a: {
      name: 'a',
      what: `${scaled(100_000)} small text files, ${Math.round(600 * scale)} MiB`,
      ...smallFiles(scaled(100_000), 6000),
    },
    b: {
      name: 'b',
      what: `${Math.round(2048 * scale)} MiB in two files, half random, half text`,
      bytes: scaled(2048) * MEBIBYTE,
      files: 4,
      make(directory) {
        mkdirSync(directory, { recursive: true });
        largeFile(join(directory, 'random'), scaled(1024), (random) => random.bytes(MEBIBYTE));
        largeFile(join(directory, 'text'), scaled(1024), (random) => text(random, MEBIBYTE));
      },
      change(directory, round) {
        for (const name of ['random', 'text']) editInPlace(join(directory, name), scaled(164), 65_536, round);
      },
    },
    c: {
      name: 'c',
      what: `${scaled(1_000_000)} tiny files, ${(6 * scale).toFixed(1)} GiB`,
      ...smallFiles(scaled(1_000_000), 6400),
    },
    d: {
      name: 'd',
      what: `a disk image of ${(8 * scale).toFixed(1)} GiB with holes`,
      bytes: scaled(8192) * MEBIBYTE,
      files: 3,
      make(directory) {
        mkdirSync(directory, { recursive: true });
        const random = new SeededRandom(5);
        const descriptor = openSync(join(directory, 'disk.img'), 'w');
        const mebibytes = scaled(8192);
        ftruncateSync(descriptor, mebibytes * MEBIBYTE);
        for (let i = 0; i < mebibytes; i += 4)
          writeSync(descriptor, text(random, MEBIBYTE), 0, MEBIBYTE, i * MEBIBYTE);
        closeSync(descriptor);
      },
      change: (directory, round) => editInPlace(join(directory, 'disk.img'), scaled(1280), 65_536, round),
    },
    e: {
      name: 'e',
      what: `${copies} copies of ${scaled(2500)} files, each with one of its own`,
      bytes: copies * scaled(2500) * 11_000,
      files: copies * (scaled(2500) + 97 * 12),
      make(directory) {
        for (let copy = 0; copy < copies; copy++) {
          smallFiles(scaled(2500), 9000).make(join(directory, `project${copy}`, 'node_modules'));
          writeFileSync(join(directory, `project${copy}`, 'own.txt'), `project ${copy}`);
        }
      },
      change(directory, round) {
        for (const name of readdirSync(directory).slice(0, 2))
          smallFiles(scaled(2500), 9000).change(join(directory, name, 'node_modules'), round);
      },
    },
    f: {
      name: 'f',
      what: `${scaled(20_000)} small text files, and ${SNAPSHOTS} snapshots of them`,
      ...smallFiles(scaled(20_000), 6000),
    },
    g: {
      name: 'g',
      what: `directories ${scaled(400)} deep, and ${scaled(50_000)} files in one`,
      bytes: scaled(50_000) * 4096,
      files: scaled(51_000),
      make(directory) {
        let deep = join(directory, 'deep');
        for (let level = 0; level < scaled(400); level++) {
          deep = join(deep, `l${level}`);
          mkdirSync(deep, { recursive: true });
          writeFileSync(join(deep, 'file'), `level ${level}`);
        }
        mkdirSync(join(directory, 'wide'));
        for (let i = 0; i < scaled(50_000); i++) writeFileSync(join(directory, 'wide', `f${i}`), `file ${i}`);
      },
      change(directory, round) {
        for (let i = 0; i < scaled(500); i++)
          writeFileSync(join(directory, 'wide', `f${i * 100}`), `new ${i} in round ${round}`);
      },
    },
  };
}
