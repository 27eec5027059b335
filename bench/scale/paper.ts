import { INDEX_ROWS } from '../../src/upload/pipeline.ts';
import type { IndexFigures } from './index.ts';
import type { StateFigures } from './state.ts';

/*
 * On paper: a repository of 100 million files in 100 TiB, from the figures of one file and one chunk.
 */

const FILES = 1e8;
const CHUNKS = 1e8;
const BYTES = 100 * 1024 ** 4;
const PACK = 32 * 1024 ** 2;
const PART = 8 * 1024 ** 2;
const META_BLOCK = 1024 ** 2;
/** US dollars: what is assumed of a writing or listing request, a GET, a GiB and month; S3 Standard is about there. */
const PRICES = { write: 0.005 / 1000, read: 0.0004 / 1000, gibMonth: 0.0225 };
/** Of the data, changed between two pushes. */
const CHANGED = 0.01;

export interface Estimate {
  what: string;
  value: string;
}

export function estimates(index: IndexFigures, state: StateFigures): Estimate[] {
  const packs = BYTES / PACK;
  const objects = CHUNKS / INDEX_ROWS;
  const rowBytes = index.objectBytes / index.rows;
  const meta = FILES * state.sealedBytesAnEntry;
  const writes = packs * (Math.ceil(PACK / PART) + 2) + objects + meta / PACK;
  const changedMeta = FILES * CHANGED * state.sealedBytesAnEntry;
  const changedWrites = writes * CHANGED + changedMeta / PACK;
  const factor = FILES / state.entries;
  const diffHours = (state.diffSeconds * factor) / 3600;
  // Read ahead, in requests of four blocks.
  const metaReads = meta / META_BLOCK / 4;
  const dataReads = BYTES / (1.6 * 1024 ** 2);
  return [
    row('packs of data', count(packs)),
    row(
      'index objects',
      `${count(objects)}, ${gib(CHUNKS * rowBytes)}: ${rowBytes.toFixed(0)} bytes a chunk`,
    ),
    row('index on this machine', gib((CHUNKS * index.bytes) / index.rows)),
    row('state on this machine', gib((FILES * state.bytes) / state.entries)),
    row('state in the store', `${gib(meta)}: ${state.sealedBytesAnEntry.toFixed(0)} bytes an entry`),
    row('first push: requests', `${count(writes)}, $${(writes * PRICES.write).toFixed(0)}`),
    row('a month of storage, nothing saved', `$${((BYTES / 1024 ** 3) * PRICES.gibMonth).toFixed(0)}`),
    row('unchanged push: requests', '4'),
    row('unchanged push: comparing, one core, without the disk', `${(diffHours * 60).toFixed(0)} min`),
    row('push of 1 %: requests', `${count(changedWrites)}, $${(changedWrites * PRICES.write).toFixed(2)}`),
    row(
      'push of 1 %: checking the local index once',
      `${seconds(index.checkSeconds * (CHUNKS / index.rows))}`,
    ),
    row(
      'push of 1 %: look-ups of new chunks',
      seconds(CHUNKS * CHANGED * index.missMicroseconds * 1e-6 * Math.max(1, CHUNKS / index.rows)),
    ),
    row('index on a new machine: GETs', `${count(objects)}, $${(objects * PRICES.read).toFixed(4)}`),
    row('restore of one file: GETs of metadata', count(metaReads)),
    row(
      'restore of all: GETs',
      `${count(dataReads + metaReads)}, $${((dataReads + metaReads) * PRICES.read).toFixed(0)}`,
    ),
  ];
}

function row(what: string, value: string): Estimate {
  return { what, value };
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function gib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

function seconds(value: number): string {
  return value < 120 ? `${value.toFixed(1)} s` : `${(value / 60).toFixed(0)} min`;
}
