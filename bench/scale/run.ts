import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type IndexFigures, makeIndex, measureIndex } from './index.ts';
import { estimates } from './paper.ts';
import { measureState, type StateFigures } from './state.ts';

/*
 * `node bench/scale/run.ts`: the program's own code on an index and a state that were made up, of ten million chunks and files, and
 * what follows from it for a hundred million files in 100 TiB. Each size is measured in a process of its own.
 */

const USAGE =
  'node bench/scale/run.ts [--rows 1e6,1e7,1e8] [--entries 1e6,1e7]   (TMPDIR: 110 bytes a row or an entry)';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1e6,1e7' },
    entries: { type: 'string', default: '1e6,1e7' },
    part: { type: 'string' },
    directory: { type: 'string', default: '' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (options.help) return console.log(USAGE);
  const [rows = [], entries = []] = [options.rows, options.entries].map((list) =>
    list.split(',').map(Number),
  );
  const parts: Record<string, () => unknown> = {
    'make-index': () => makeIndex(options.directory, rows[0] ?? 0),
    index: () => measureIndex(options.directory),
    state: () => measureState(entries[0] ?? 0),
  };
  const part = parts[options.part ?? ''];
  if (part) return console.log(JSON.stringify(await part()));
  const indexes = rows.map(indexOf);
  const states = entries.map((count) => inProcess<StateFigures>('state', '--entries', String(count)));
  const text = markdown(indexes, states);
  const directory = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(directory, { recursive: true });
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(`${directory}${date}-scale.md`, text);
  console.log(text);
}

function indexOf(rows: number): IndexFigures {
  const directory = mkdtempSync(join(tmpdir(), 'bmcloud-scale-'));
  try {
    const at = ['--rows', String(rows), '--directory', directory];
    const made = inProcess<Pick<IndexFigures, 'objectBytes' | 'mergeSeconds'>>('make-index', ...at);
    return { ...inProcess<IndexFigures>('index', ...at), ...made, rows };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function inProcess<T>(part: string, ...flags: string[]): T {
  console.log(`${part}: ${flags[1]}`);
  const args = [fileURLToPath(import.meta.url), '--part', part, ...flags];
  const env = { ...process.env, NODE_OPTIONS: '' };
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', env })) as T;
}

function markdown(indexes: IndexFigures[], states: StateFigures[]): string {
  const [index, state] = [indexes.at(-1), states.at(-1)];
  const paper = index && state ? estimates(index, state) : [];
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model}), Node.js ${process.version}.`,
    '## The index, on this machine',
    table(
      ['chunks', 'MiB', 'merge s', 'open s', 'check s', 'hit µs', 'miss µs', 'memory MiB'],
      indexes.map((one) => [
        one.rows.toLocaleString('en-US'),
        (one.bytes / 1024 ** 2).toFixed(0),
        one.mergeSeconds.toFixed(1),
        one.openSeconds.toFixed(2),
        one.checkSeconds.toFixed(2),
        one.hitMicroseconds.toFixed(1),
        one.missMicroseconds.toFixed(1),
        one.memoryMiB.toFixed(0),
      ]),
    ),
    '## The state of a job',
    table(
      [
        'files',
        'MiB',
        'write s',
        'compare s',
        'compare µs a file',
        'in the store, bytes a file',
        'memory MiB',
      ],
      states.map((one) => [
        one.entries.toLocaleString('en-US'),
        (one.bytes / 1024 ** 2).toFixed(0),
        one.keepSeconds.toFixed(1),
        one.diffSeconds.toFixed(1),
        ((one.diffSeconds / one.entries) * 1e6).toFixed(2),
        one.sealedBytesAnEntry.toFixed(1),
        one.memoryMiB.toFixed(0),
      ]),
    ),
    '## On paper: 100 million files, 10^8 chunks, 100 TiB',
    table(
      ['what', 'how much'],
      paper.map(({ what, value }) => [what, value]),
    ),
    '',
  ].join('\n\n');
}

function table(heads: string[], rows: string[][]): string {
  const lines = [heads, heads.map((_, i) => (i === 0 ? '---' : '--:')), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

await main();
