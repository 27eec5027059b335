import { lstatSync } from 'node:fs';
import { decodeStat, encodeStat } from '../model/entry.ts';
import { Writer } from '../model/wire.ts';
import { failureOf, type ReadFailure } from '../read/failure.ts';
import { nativeOf } from '../scan/native-path.ts';
import { type Owners, readOwners } from '../scan/owners.ts';
import { statOf, typeOf, withWindowsFields } from '../scan/stat.ts';
import { systemStat } from '../scan/system-stat.ts';

let owners: Owners | undefined;

/**
 * What a file in a frozen view is now. A frozen volume is another device: files that have several names keep the live one's, so
 * that they are still known as one.
 * @param live the stat of the same file on the live volume
 */
export function statNow(path: Uint8Array, live: Uint8Array): { stat: Uint8Array } | ReadFailure {
  try {
    const seen = systemStat(lstatSync(nativeOf(path), { bigint: true }));
    if (typeOf(seen) !== 'file') return { kind: 'failed', code: 'ENOENT', message: 'it is no file there' };
    owners ??= readOwners();
    const before = decodeStat(live);
    const { device } = before;
    const now = withWindowsFields(statOf('file', seen, owners), before);
    const stat = { ...now, ...(device !== undefined && { device }) };
    const writer = new Writer(256);
    encodeStat(writer, stat);
    return { stat: writer.take() };
  } catch (error) {
    return failureOf(error);
  }
}
