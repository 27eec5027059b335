import { SeededRandom } from './random.ts';

/*
 * Text as source code is: lines that stand in many files, lines written once more with a word changed, names that a file keeps
 * using. Made to compress as Go's standard library does (7,478 files of 6.4 KiB): by zstd at level 1, file by file to 0.32 of
 * its size (Go 0.33), in blocks of 1 MiB to 0.25 (Go 0.255). Words drawn alone keep 0.52 there, and take half again as long.
 */

/** Of a hundred lines: changed copies of lines nearby, and lines that many files have; the others are new. */
const percent = { copied: 35, common: 40, ownNames: 50 } as const;
const NEARBY_LINES = 60;
const OWN_NAMES = 24;

const letters = 'etaoinshrdlucmfwypvbgkqjxz';
const between = [' ', ' ', ' ', '.', '.', '(', ', ', ' = ', ': ', ' => ', '_'];
const ends = [';', ';', ');', ' {', ',', '', '}', '.'];
const library = new SeededRandom(99);
const words = Array.from({ length: 6000 }, () => wordOf(library));
const commonLines = Array.from({ length: 10_000 }, () => newLine(library, words.slice(0, OWN_NAMES)));

/** @returns `length` bytes of lines, each character one byte */
export function text(random: SeededRandom, length: number): Buffer {
  const own = Array.from({ length: OWN_NAMES }, () => one(words, random));
  const lines: string[] = [];
  for (let size = 0; size <= length; ) {
    const line = nextLine(random, own, lines);
    lines.push(line);
    size += line.length + 1;
  }
  return Buffer.from(lines.join('\n'), 'latin1').subarray(0, length);
}

function nextLine(random: SeededRandom, own: string[], before: string[]): string {
  const kind = random.below(100);
  if (kind < percent.copied && before.length > 0) return changedCopy(random, own, before);
  return kind < percent.copied + percent.common ? frequent(commonLines, random) : newLine(random, own);
}

function changedCopy(random: SeededRandom, own: string[], before: string[]): string {
  const line = before[Math.max(0, before.length - 1 - random.below(NEARBY_LINES))] as string;
  const start = line.indexOf(' ', random.below(line.length)) + 1;
  return start === 0 ? line : line.slice(0, start) + one(own, random) + line.slice(start + random.below(6));
}

function newLine(random: SeededRandom, own: string[]): string {
  let line = ' '.repeat(2 * random.below(5));
  for (let left = 2 + random.below(7); left > 0; left--) {
    line += random.below(100) < percent.ownNames ? one(own, random) : frequent(words, random);
    line += one(between, random);
  }
  return line + one(ends, random);
}

function wordOf(random: SeededRandom): string {
  const letter = () => letters[Math.min(random.below(26), random.below(26))];
  return Array.from({ length: 2 + random.below(8) }, letter).join('');
}

function one(choices: string[], random: SeededRandom): string {
  return choices[random.below(choices.length)] as string;
}

/** The first ones far more often than the last ones (Zipf's law). */
function frequent(choices: string[], random: SeededRandom): string {
  return choices[Math.floor(choices.length ** (random.below(2 ** 20) / 2 ** 20)) - 1] as string;
}
