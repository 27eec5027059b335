import { attributeBits, classify, type FileKind } from '../native/classify.ts';
import { type FileFacts, isWindowsError, type NativeFiles } from '../native/files.ts';
import type { ScanOptions } from './batch.ts';
import type { NativePath } from './disk.ts';
import type { Name } from './listing.ts';
import { widePath } from './wide-path.ts';

/*
 * What Windows tells of files and `node:fs` does not. The walk asks the addon once for a directory.
 */

/** Of the addon, what a walk needs. */
export type WindowsListing = Pick<NativeFiles, 'listDirectory' | 'fileAttributes'>;

/** What Windows says of an entry without opening it. */
export type WindowsFacts = Pick<FileFacts, 'attributes' | 'reparseTag' | 'fileId'>;

/** A directory's names, and what is known of each. */
export interface WindowsNames {
  names: Name[];
  facts: Map<Name, WindowsFacts>;
}

/** @returns undefined where the addon cannot list: what the trouble is, `node:fs` will tell */
export function listWindows(directory: NativePath, windows: WindowsListing): WindowsNames | undefined {
  const entries = attempt(() => windows.listDirectory(widePath(directory)));
  if (!entries) return undefined;
  const facts = new Map<Name, WindowsFacts>();
  for (const entry of entries) {
    const { attributes, reparseTag, fileId } = entry;
    // Bytes only where text cannot hold the name.
    const name = entry.nameBytes ? Buffer.from(entry.nameBytes) : entry.name;
    facts.set(name, { attributes, reparseTag, fileId });
  }
  return { names: [...facts.keys()], facts };
}

/** What is known of one path; undefined where the addon cannot tell. */
export function lookWindows(path: NativePath, windows: WindowsListing): WindowsFacts | undefined {
  return attempt(() => windows.fileAttributes(widePath(path)));
}

export function kindOf({ attributes, reparseTag }: WindowsFacts): FileKind {
  return classify(attributes, reparseTag);
}

/** Of the tags of cloud folders, these bits number the provider. */
const CLOUD_PROVIDER = 0xf000;
const CLOUD = 0x9000001a;

/** Whether it is kept in step with a cloud, wherever its data are now: then a push may have left it out. */
export function isOfCloud(facts: WindowsFacts): boolean {
  return kindOf(facts) === 'cloud-placeholder' || (facts.reparseTag & ~CLOUD_PROVIDER) >>> 0 === CLOUD;
}

const { readOnly, hidden, system, archive, temporary, sparse, compressed, notIndexed, encrypted } =
  attributeBits;
const KEPT = readOnly | hidden | system | archive | temporary | sparse | compressed | notIndexed | encrypted;

/** The fields of a stat that hold them (docs/format.md, section 7). Of a link, whether it leads to a directory counts, too. */
export function windowsFields(facts: WindowsFacts | undefined, isLink: boolean) {
  if (!facts) return {};
  const { attributes, reparseTag } = facts;
  const kept = isLink ? KEPT | attributeBits.directory : KEPT;
  return { attributes: attributes & kept, ...(reparseTag !== 0 && { reparseTag }) };
}

/** Its data are in a cloud only, and to look into it would fetch them. */
export function staysInCloud(facts: WindowsFacts, { cloudFiles }: Pick<ScanOptions, 'cloudFiles'>): boolean {
  return cloudFiles !== 'read' && kindOf(facts) === 'cloud-placeholder';
}

function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (!isWindowsError(error)) throw error;
    return undefined;
  }
}
