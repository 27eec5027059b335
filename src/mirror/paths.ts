import { displayPath } from '../model/path.ts';
import type { Source } from '../model/snapshot.ts';
import type { RecordHeader } from './record.ts';

/*
 * Paths below the mirror: those of entries, without the name of the source where there is only one, as in a restore.
 */

const SLASH = 0x2f;

/** How entries lie in the mirror. */
export interface Layout {
  /** The name of the only source, which is not part of paths in the mirror; absent: there are several. */
  only?: string;
}

export function layoutOf(sources: Pick<Source, 'name'>[]): Layout {
  const [first] = sources;
  return first && sources.length === 1 ? { only: first.name } : {};
}

type Named = RecordHeader['sources'][number];

/** The name that a source had; one that has moved since kept it. */
export function nameIn(before: Named[], { name, path }: Named): string | undefined {
  return (before.find((one) => one.path === path) ?? before.find((one) => one.name === name))?.name;
}

/** Sources that lie elsewhere in the mirror than before, by their names now: alone they are the mirror itself. */
export function movedSources(before: Named[], now: Named[]): string[] {
  const placeAmong = (all: Named[], name: string) => (all.length === 1 ? '' : name);
  return now.flatMap((source) => {
    const old = nameIn(before, source);
    const isMoved = old !== undefined && placeAmong(before, old) !== placeAmong(now, source.name);
    return isMoved ? [source.name] : [];
  });
}

/** Where an entry lies in the mirror; undefined for the root of an only source, which is the mirror itself. */
export function placeOfEntry(
  { only }: Layout,
  path: Uint8Array,
  isDirectory: boolean,
): Uint8Array | undefined {
  if (only === undefined) return path;
  const slash = path.indexOf(SLASH);
  if (slash !== -1) return path.subarray(slash + 1);
  return isDirectory ? undefined : path;
}

/** The entry that lies at a place of the mirror. */
export function entryOfPlace({ only }: Layout, place: Uint8Array): Uint8Array {
  return only === undefined ? place : Buffer.concat([Buffer.from(`${only}/`), place]);
}

/** A path as text in a record: as it is shown, which tells all paths apart. */
export const pathText = displayPath;

const ESCAPED = /\\x([0-9a-f]{2})/g;

/** The path that a text means. */
export function parsePath(text: string): Uint8Array {
  if (!text.includes('\\x')) return Buffer.from(text);
  const pieces: Buffer[] = [];
  let end = 0;
  for (const { 0: whole, 1: hex = '', index } of text.matchAll(ESCAPED)) {
    pieces.push(Buffer.from(text.slice(end, index)), Buffer.from(hex, 'hex'));
    end = index + whole.length;
  }
  return Buffer.concat([...pieces, Buffer.from(text.slice(end))]);
}
