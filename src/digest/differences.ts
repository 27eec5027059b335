import { equalBytes } from '../model/ids.ts';
import type { HashResult } from './hash-file.ts';
import type { Pair } from './pairs.ts';
import { displayRelative, type FingerprintKind, factsOf } from './record.ts';

/** Where a tree on the disk is not what a snapshot has. */
export interface TreeDifference {
  /** Below the tree's root, which is `.`; as displayed. */
  path: string;
  /** `added`: on the disk only; `removed`: in the snapshot only. */
  change: 'added' | 'removed' | 'changed';
  /** `type`, `mode`, `size`, `mtime`, `target`, `data`. */
  what: string[];
}

/** Undefined where both are the same. */
export function differenceOf(
  { disk, snapshot }: Pair,
  kind: FingerprintKind,
  hashed: HashResult | undefined,
): TreeDifference | undefined {
  if (!snapshot) return disk && { path: displayRelative(disk.path), change: 'added', what: [] };
  const path = displayRelative(snapshot.path);
  if (!disk) return { path, change: 'removed', what: [] };
  const now = factsOf(kind, disk.stat);
  const before = factsOf(kind, snapshot.stat);
  const what = Object.keys(now).filter((fact) => now[fact] !== before[fact]);
  if (!isSameTarget(disk.stat.target, snapshot.stat.target)) what.push('target');
  if (hashed && 'same' in hashed && !hashed.same) what.push('data');
  return what.length === 0 ? undefined : { path, change: 'changed', what };
}

function isSameTarget(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equalBytes(a, b);
}
