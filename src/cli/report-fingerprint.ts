import type { Comparison, Fingerprint, TreeDifference } from '../index.ts';
import { exitCodes } from './exit-codes.ts';
import { formatCount } from './format.ts';
import { snapshotName } from './report-push.ts';
import type { Style } from './style.ts';

/** A fingerprint, and whether a snapshot has the same tree if that was asked. */
export type Fingerprinted = Fingerprint | Comparison;

/** 3 when a tree differs, or something of it could not be read. */
export function exitOfFingerprints(all: Fingerprinted[]): number {
  const isWhole = all.every((one) => one.skipped.length === 0 && (!('equal' in one) || one.equal));
  return isWhole ? exitCodes.done : exitCodes.incomplete;
}

const SHOWN = 20;

/** A line for each path, as sha256sum has it; below it what differs. */
export function fingerprintReport(all: Fingerprinted[], style: Style): string {
  return all.map((one) => `${one.fingerprint}  ${one.path}\n${comparisonLines(one, style)}`).join('');
}

function comparisonLines(one: Fingerprinted, style: Style): string {
  if (!('equal' in one)) return '';
  const { equal, snapshot, differences, first } = one;
  if (equal) return `  ${style.green('Equal')} to ${snapshotName(snapshot)}\n`;
  if (differences === 0) return `  Not all could be read to compare with ${snapshotName(snapshot)}\n`;
  const shown = first.slice(0, SHOWN);
  const more = differences - shown.length;
  const lines = [
    `${style.bold('Differs')} from ${snapshotName(snapshot)}`,
    ...shown.map(differenceLine),
    ...(more > 0 ? [`… and ${formatCount(more)} more`] : []),
  ];
  return lines.map((line) => `  ${line}\n`).join('');
}

const signs = { added: '+', removed: '-', changed: '~' };

function differenceLine({ path, change, what }: TreeDifference): string {
  return `${signs[change]} ${path}${what.length > 0 ? `  ${what.join(', ')}` : ''}`;
}
