import { closeSync, fstatSync } from 'node:fs';
import { BmcloudError } from '../errors.ts';
import { equalBytes } from '../model/ids.ts';
import { isZero } from '../model/zero.ts';
import type { NativePath } from '../scan/disk.ts';
import { openDraft, openExisting, readAt, resumeDraft, writeAt } from './drafts.ts';

/*
 * Taking over what is there: chunks at the same place in the file that is replaced, or in the draft of a run that was broken off.
 */

/** Turns a chunk into its id. */
export type ChunkId = (chunk: Uint8Array) => Uint8Array;

/** A piece of a file; without an id, a hole. */
export interface Expected {
  position: number;
  length: number;
  id?: Uint8Array;
}

export interface ReuseState {
  begun: boolean;
  leftover: boolean;
}

/** Holes are compared and filled piece by piece. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Looks which of consecutive pieces are there. As long as the existing file agrees from its start, nothing is written; from the
 * first difference on, what is right is copied to the draft.
 * @param have receives 1 for each piece that needs no fetching
 */
export function reusePieces(
  files: { place: NativePath; draft: NativePath; existing: boolean },
  state: ReuseState,
  pieces: Expected[],
  chunkId: ChunkId,
  have: Uint8Array,
): ReuseState {
  const existing = files.existing ? openExisting(files.place) : undefined;
  try {
    for (const [i, piece] of pieces.entries())
      have[i] = existing !== undefined && holds(existing, piece, chunkId) ? 1 : 0;
    if (!state.begun && existing !== undefined && have.every((value) => value === 1)) return state;
    return fillDraft(files.draft, existing, state, pieces, chunkId, have);
  } finally {
    if (existing !== undefined) closeSync(existing);
  }
}

function fillDraft(
  name: NativePath,
  existing: number | undefined,
  state: ReuseState,
  pieces: Expected[],
  chunkId: ChunkId,
  have: Uint8Array,
): ReuseState {
  const { descriptor: draft, leftover: old } = openFor(name, state);
  try {
    if (!state.begun) copyBeginning(existing, draft, pieces[0]?.position ?? 0);
    for (const [i, piece] of pieces.entries()) {
      if (old && holds(draft, piece, chunkId)) have[i] = 1;
      else if (piece.id === undefined) have[i] = fillHole(draft, piece, old);
      else if (have[i] === 1)
        copyBytes(existing as number, draft, piece.position, piece.position + piece.length);
    }
    return { begun: true, leftover: old };
  } finally {
    closeSync(draft);
  }
}

/** Only what an earlier run left needs checking; other lanes may be writing to a draft that this run began. */
function openFor(
  draft: NativePath,
  { begun, leftover }: ReuseState,
): { descriptor: number; leftover: boolean } {
  return begun ? { descriptor: openDraft(draft), leftover } : resumeDraft(draft);
}

/** What agreed so far was left where it is. */
function copyBeginning(existing: number | undefined, draft: number, end: number): void {
  if (end === 0) return;
  if (existing === undefined) throw wentAway();
  copyBytes(existing, draft, 0, end);
}

/** A draft has holes wherever nothing was written, a fresh one everywhere; up to its end, an old one may have anything. */
function fillHole(draft: number, { position, length }: Expected, old: boolean): 1 {
  const end = old ? Math.min(position + length, fstatSync(draft).size) : position;
  const zeros = Buffer.alloc(Math.min(Math.max(0, end - position), PIECE_BYTES));
  for (let at = position; at < end; at += zeros.length)
    writeAt(draft, zeros.subarray(0, Math.min(zeros.length, end - at)), at);
  return 1;
}

/** Whether a file has this piece. */
export function holds(descriptor: number, { position, length, id }: Expected, chunkId: ChunkId): boolean {
  if (id === undefined) return holdsZeros(descriptor, position, length);
  const bytes = Buffer.allocUnsafe(length);
  return readAt(descriptor, bytes, position) && equalBytes(chunkId(bytes), id);
}

function holdsZeros(descriptor: number, position: number, length: number): boolean {
  const bytes = Buffer.allocUnsafe(Math.min(length, PIECE_BYTES));
  for (let done = 0; done < length; done += bytes.length) {
    const piece = bytes.subarray(0, Math.min(bytes.length, length - done));
    if (!readAt(descriptor, piece, position + done)) return false;
    if (!isZero(piece)) return false;
  }
  return true;
}

/** Copies from one file to the same place in another. */
export function copyBytes(from: number, to: number, start: number, end: number): void {
  const bytes = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(0, end - start)));
  for (let position = start; position < end; position += bytes.length) {
    const piece = bytes.subarray(0, Math.min(bytes.length, end - position));
    if (!readAt(from, piece, position)) throw wentAway();
    writeAt(to, piece, position);
  }
}

function wentAway(): BmcloudError {
  return new BmcloudError('source-unreadable', 'The file that was there changed while it was compared');
}
