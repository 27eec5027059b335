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

/** A data set, and how it changes between two pushes. */
export interface DataSet {
  name: string;
  what: string;
  make(directory: string): void;
  /** One percent of it: changed, deleted, added; or edited in place. */
  change(directory: string): void;
}

const MEBIBYTE = 1024 * 1024;

/** Files of a few KiB of text, 96 in a directory. */
function smallFiles(count: number, averageBytes: number): Pick<DataSet, 'make' | 'change'> {
  const path = (directory: string, i: number) =>
    join(directory, `d${i % 97}`, `e${Math.floor(i / 97) % 11}`, `f${i}.txt`);
  return {
    make(directory) {
      const random = new SeededRandom(1);
      for (let i = 0; i < count; i++) {
        const file = path(directory, i);
        if (i < 97 * 11) mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, random.text(1 + random.below(2 * averageBytes)));
      }
    },
    change(directory) {
      const random = new SeededRandom(2);
      for (let i = 0; i < count / 300; i++) {
        writeFileSync(path(directory, i * 300), random.text(averageBytes));
        rmSync(path(directory, i * 300 + 1), { force: true });
        writeFileSync(path(directory, count + i), random.text(averageBytes));
      }
    },
  };
}

/** Overwrites pieces of a file in place, without changing its size. */
function editInPlace(file: string, edits: number, bytes: number): void {
  const random = new SeededRandom(3);
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
  return {
    a: {
      name: 'a',
      what: `${scaled(100_000)} small text files, ${Math.round(600 * scale)} MiB`,
      ...smallFiles(scaled(100_000), 6000),
    },
    b: {
      name: 'b',
      what: `${Math.round(2048 * scale)} MiB in two files, half random, half text`,
      make(directory) {
        mkdirSync(directory, { recursive: true });
        largeFile(join(directory, 'random'), scaled(1024), (random) => random.bytes(MEBIBYTE));
        largeFile(join(directory, 'text'), scaled(1024), (random) => random.text(MEBIBYTE));
      },
      change(directory) {
        for (const name of ['random', 'text']) editInPlace(join(directory, name), scaled(164), 65_536);
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
      make(directory) {
        mkdirSync(directory, { recursive: true });
        const random = new SeededRandom(5);
        const descriptor = openSync(join(directory, 'disk.img'), 'w');
        const mebibytes = scaled(8192);
        ftruncateSync(descriptor, mebibytes * MEBIBYTE);
        for (let i = 0; i < mebibytes; i += 4)
          writeSync(descriptor, random.text(MEBIBYTE), 0, MEBIBYTE, i * MEBIBYTE);
        closeSync(descriptor);
      },
      change: (directory) => editInPlace(join(directory, 'disk.img'), scaled(1280), 65_536),
    },
    e: {
      name: 'e',
      what: `${scaled(20)} copies of ${scaled(2500)} files, each slightly different`,
      make(directory) {
        for (let copy = 0; copy < scaled(20); copy++) {
          smallFiles(scaled(2500), 9000).make(join(directory, `project${copy}`, 'node_modules'));
          writeFileSync(join(directory, `project${copy}`, 'own.txt'), `project ${copy}`);
        }
      },
      change(directory) {
        for (const name of readdirSync(directory).slice(0, 2))
          rmSync(join(directory, name), { recursive: true });
      },
    },
    g: {
      name: 'g',
      what: `directories ${scaled(400)} deep, and ${scaled(50_000)} files in one`,
      make(directory) {
        let deep = join(directory, 'deep');
        for (let level = 0; level < Math.min(400, scaled(400)); level++) {
          deep = join(deep, `l${level}`);
          mkdirSync(deep, { recursive: true });
          writeFileSync(join(deep, 'file'), `level ${level}`);
        }
        mkdirSync(join(directory, 'wide'));
        for (let i = 0; i < scaled(50_000); i++) writeFileSync(join(directory, 'wide', `f${i}`), `file ${i}`);
      },
      change(directory) {
        for (let i = 0; i < scaled(500); i++)
          writeFileSync(join(directory, 'wide', `f${i * 100}`), `new ${i}`);
      },
    },
  };
}
