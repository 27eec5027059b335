// The smallest repository, for tests that spoil one thing in it and look at what the reader says.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenRepository, openRepository, restore } from '../reader.mjs';
import type { Field } from './encode.ts';
import {
  baseField,
  DATA,
  type ManifestPut,
  type Put,
  putFormat,
  putManifest,
  putPack,
  putSlot,
} from './repository.ts';
import { domainKeys, generatedKeyText, makeOwner } from './seal.ts';
import { entryOf, type Node } from './tree.ts';

export const JOB = 'ab'.repeat(16);
export const SLOT = 'cd'.repeat(16);
export const FOREIGN = '11'.repeat(16);
export const CHUNK = Buffer.from('a chunk');
export const FILE: Node = { type: 'file', pieces: [CHUNK] };
const SECRET = Buffer.alloc(32, 7);

export type Small = ReturnType<typeof makeSmall>;

/** A repository with one slot and one registered job, in a temporary directory, and short words for what the tests put there. */
export function makeSmall() {
  const place = mkdtempSync(join(tmpdir(), 'bmcloud-format-'));
  const repo = { directory: join(place, 'repository'), owner: makeOwner() };
  const own = domainKeys(repo.owner, '0'.repeat(32));
  putSlot(repo, { id: SLOT, role: 'recovery', domain: own, secret: { generated: SECRET } });
  putFormat(repo);
  const registration = putManifest(repo, own, { job: JOB, number: 0, kind: 0 });
  const open = () => openRepository(repo.directory, generatedKeyText(SECRET));
  const snapshot = (fields: Field[], number = 1): ManifestPut =>
    putManifest(repo, own, { job: JOB, number, kind: 1, fields: based(fields, registration) });
  return {
    registration,
    place,
    repo,
    own,
    foreign: domainKeys(repo.owner, FOREIGN),
    open,
    snapshot,
    changes: (...entries: Buffer[]): ManifestPut => snapshot([[33, Buffer.concat(entries)]]),
    file: (path: string): Buffer => entryOf(own, path, FILE),
    putChunk: (): Put => putPack(repo, own, DATA, [[CHUNK]]),
    /** Changes the text of an object, not of its spare copy. */
    rewrite(key: string, change: (text: string) => string): void {
      const path = join(repo.directory, key);
      writeFileSync(path, change(readFileSync(path, 'utf8')));
    },
    verdict: () => verdict(open(), join(place, 'target')),
    remove: () => rmSync(place, { recursive: true }),
  };
}

/** The fields, with a base if they have neither a base nor a state. */
export function based(fields: Field[], base: ManifestPut): Field[] {
  return fields.some(([number]) => number === 32 || number === 35) ? fields : [...baseField(base), ...fields];
}

/** What the reader has to say on restoring manifest 1: its problems, and the error when there is one. */
function verdict(opened: OpenRepository, target: string): string {
  try {
    restore(opened, JOB, 1, target);
    return opened.problems.join('\n');
  } catch (error) {
    return [...opened.problems, (error as Error).message].join('\n');
  }
}
