import { decodeContent, type Stat } from '../model/entry.ts';
import { nanosecondsOf } from '../model/time.ts';
import { attributeBits } from '../native/classify.ts';
import { type DescriptorPart, isWindowsError, type NativeFiles } from '../native/files.ts';
import type { ReadChunk } from '../repository/run-lists.ts';
import type { NativePath } from '../scan/disk.ts';
import { widePath } from '../scan/wide-path.ts';
import { writeStreams } from './stream-writer.ts';

/*
 * What Windows keeps of files and directories beside data, mode and time of modification. It is set when nothing else will be
 * written to them, in this order: streams, which a read-only file takes no more; times, which writing changes; attributes; and
 * who may do what, which may shut us out.
 */

/** What Windows may refuse, or the file system of the target may not have. */
export type Refused = 'alternate streams' | 'creation time' | 'attributes' | 'owner or access list';

export interface MetadataParts {
  windows: NativeFiles;
  /** Give files back to their owners, with their access lists. */
  ownership: boolean;
  readChunk: ReadChunk;
  /** Sets the time of modification. */
  setTime: (place: NativePath, stat: Stat) => void;
}

export class WindowsMetadata {
  readonly #parts: MetadataParts;
  /** We may set, and undo, whatever we like. */
  readonly #mayAll: boolean;
  /** To how many files and directories each was refused. */
  readonly refused = new Map<Refused, number>();

  constructor(parts: MetadataParts) {
    this.#parts = parts;
    // What is refused without it is counted.
    this.#mayAll = ask(() => parts.windows.enablePrivileges().includes('SeRestorePrivilege'));
  }

  /** Of a file or directory that is no link. @throws `damaged`, and what `failureOf` makes of a disk that fails */
  async set(place: NativePath, stat: Stat, content: Uint8Array): Promise<void> {
    const { windows, ownership, readChunk, setTime } = this.#parts;
    const { birthTime, attributes } = stat;
    const { streams, securityDescriptor } = decodeContent(content);
    const path = widePath(place);
    if (streams) {
      ask(() => windows.setAttributes(path, (attributes ?? 0) & ~attributeBits.readOnly));
      if (!(await writeStreams(place, streams, readChunk))) this.#count('alternate streams');
      setTime(place, stat);
    }
    if (birthTime) this.#try('creation time', () => windows.setCreationTime(path, nanosecondsOf(birthTime)));
    if (attributes !== undefined) this.#try('attributes', () => windows.setAttributes(path, attributes));
    if (securityDescriptor !== undefined && ownership)
      this.#try('owner or access list', () => this.#setSecurity(path, securityDescriptor));
  }

  /** The access list of somebody else's file is not for one who cannot give it back: it would shut us out for good. */
  #setSecurity(path: string, sddl: string): boolean {
    const { windows } = this.#parts;
    const isOurs = () => ownerOf(windows.securityDescriptor(path) ?? '') === ownerOf(sddl);
    return (this.#mayAll || isOurs()) && hasAll(sddl, windows.setSecurityDescriptor(path, sddl));
  }

  /** @param act answers false if it was done in part only */
  #try(what: Refused, act: () => unknown): void {
    if (!ask(act)) this.#count(what);
  }

  #count(what: Refused): void {
    this.refused.set(what, (this.refused.get(what) ?? 0) + 1);
  }
}

/** @returns whether Windows did it, and all of it */
function ask(act: () => unknown): boolean {
  try {
    return act() !== false;
  } catch (error) {
    // A RangeError: a time that Windows cannot keep.
    if (!isWindowsError(error) && !(error instanceof RangeError)) throw error;
    return false;
  }
}

function ownerOf(sddl: string): string | undefined {
  return /^O:(.+?)(?=[GDS]:|$)/.exec(sddl)?.[1];
}

const tags: Record<DescriptorPart, string> = { owner: 'O:', group: 'G:', dacl: 'D:', sacl: 'S:' };

/** Whether all parts of a descriptor were set. */
function hasAll(sddl: string, set: DescriptorPart[]): boolean {
  const outside = sddl.replaceAll(/\(.*?\)(?=\(|[A-Z]:|$)/g, '');
  const asked = (Object.keys(tags) as DescriptorPart[]).filter((part) => outside.includes(tags[part]));
  return asked.every((part) => set.includes(part));
}
