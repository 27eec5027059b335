import { isUtf8 } from 'node:buffer';
import { displayPath } from '../model/path.ts';
import { refusal } from './refuse.ts';

/** A path for the arguments of a program. @throws `source-unreadable` if it is not UTF-8: arguments are text */
export function textOf(path: Uint8Array): string {
  if (!isUtf8(path)) throw refusal(`the name of ${displayPath(path)} is not UTF-8`);
  return Buffer.from(path).toString();
}
