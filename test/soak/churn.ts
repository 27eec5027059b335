import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * A child that never leaves a directory alone: `churn.ts DIRECTORY SEED`. Makes, grows, rewrites, renames and removes files until
 * its standard input ends. Prints a byte once there is something to back up.
 */

const MOST_FILES = 200;
const MOST_BYTES = 200_000;
const LONGEST_PAUSE = 60;

const [directory = '', seed = '1'] = process.argv.slice(2);
let state = Number(seed) >>> 0;
let isOver = false;

process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();
for (let n = 0; n < 20; n++) change();
process.stdout.write('.');
while (!isOver) {
  change();
  await sleep(random(LONGEST_PAUSE));
}

function change(): void {
  const place = join(directory, `d${random(5)}`, `s${random(3)}`);
  mkdirSync(place, { recursive: true });
  const names = readdirSync(place);
  const file = join(place, names[random(names.length)] ?? 'first');
  const other = join(place, `f${random(MOST_FILES / 15)}`);
  const step = names.length === 0 ? 0 : random(10);
  if (step < 4) writeFileSync(other, bytes());
  else if (step < 6) appendFileSync(file, bytes());
  else if (step < 7) renameSync(file, other);
  else if (step < 9) rmSync(file);
  else if (existsSync(place)) rmSync(place, { recursive: true });
}

function bytes(): Buffer {
  const all = Buffer.alloc(random(10) === 0 ? random(MOST_BYTES) : random(500));
  for (let at = 0; at < all.length; at += 97) all[at] = random(256);
  return all;
}

/** 0 … below - 1; the same for the same seed. */
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}
