import type { ReusedBuffers } from '../flow/reused-buffers.ts';
import { decodeItems, encodeAttached, encodeItems, type List, type NamedStream } from '../model/entry.ts';
import { Writer } from '../model/wire.ts';
import { isWindowsError, type NativeFiles } from '../native/files.ts';
import { failureOf } from '../read/failure.ts';
import { openShared } from '../read/shared.ts';
import type { NativePath } from '../scan/disk.ts';
import { nativeOf } from '../scan/native-path.ts';
import { streamPath, widePath } from '../scan/wide-path.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import { storeRange, windowBytes } from './ranges.ts';

/*
 * What Windows keeps of a file or directory beside its data: its security descriptor and its named streams.
 */

/** Of the addon, what is asked of a file. */
export type WindowsAttached = Pick<NativeFiles, 'securityDescriptor' | 'streams'>;

export interface AttachedResult {
  /** Encoded: see `encodeAttached`. */
  attached: Uint8Array;
  /** What could not be read of it, as the system says it; a reason to warn, never to skip the file. */
  lost?: string;
}

export interface AttachedParts {
  windows: WindowsAttached;
  writer: ChunkWriter;
  buffers: ReusedBuffers;
  readSize: number;
}

/** Reads, and stores, what is attached to the file or directory at a native path. */
export async function readAttached(path: Uint8Array, parts: AttachedParts): Promise<AttachedResult> {
  const { windows } = parts;
  const native = nativeOf(path);
  const losses: string[] = [];
  const securityDescriptor = tell(() => windows.securityDescriptor(widePath(native)), losses);
  const streams: NamedStream[] = [];
  for (const { name } of tell(() => windows.streams(widePath(native)), losses) ?? []) {
    const list = await readStream(native, name, parts, losses);
    if (list) streams.push({ name, list });
  }
  streams.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  const writer = new Writer(512);
  encodeAttached(writer, { streams, ...(securityDescriptor !== undefined && { securityDescriptor }) });
  return { attached: writer.take(), ...(losses[0] !== undefined && { lost: losses[0] }) };
}

async function readStream(
  file: NativePath,
  name: string,
  { writer, buffers, readSize }: AttachedParts,
  losses: string[],
): Promise<List | undefined> {
  if (!name.isWellFormed() || name === '') {
    losses.push('a stream has a name that is not valid Unicode');
    return undefined;
  }
  const source = tell(() => openShared(streamPath(file, name), readSize), losses);
  if (!source) return undefined;
  const window = buffers.take(windowBytes(writer.sizes));
  try {
    const range = { start: 0, end: Number.POSITIVE_INFINITY, edited: false };
    const stored = await storeRange(source, range, writer, window);
    if ('items' in stored) return { depth: 0, items: decodeItems(encodeItems(stored.items).items) };
    losses.push(stored.failed.message);
    return undefined;
  } finally {
    buffers.give(window);
    source.close();
  }
}

/** What the system answers; an error of its own is a loss. */
function tell<T>(ask: () => T, losses: string[]): T | undefined {
  try {
    return ask();
  } catch (error) {
    losses.push(isWindowsError(error) ? error.message : failureOf(error).message);
    return undefined;
  }
}
