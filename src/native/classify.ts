/** Bits of file attributes, as Windows numbers them. */
export const attributeBits = {
  readOnly: 0x1,
  hidden: 0x2,
  system: 0x4,
  directory: 0x10,
  archive: 0x20,
  temporary: 0x100,
  sparse: 0x200,
  reparsePoint: 0x400,
  compressed: 0x800,
  offline: 0x1000,
  notIndexed: 0x2000,
  encrypted: 0x4000,
  recallOnOpen: 0x40000,
  recallOnDataAccess: 0x400000,
} as const;

/**
 * What a path is. A `junction` can also be the mount point of a volume: only its target tells. A `cloud-placeholder` is a
 * file, or a directory, whose data is fetched from elsewhere as soon as it is read.
 */
export type FileKind = 'plain' | 'directory' | 'symlink' | 'junction' | 'cloud-placeholder' | 'other-reparse';

const SYMLINK = 0xa000000c;
const MOUNT_POINT = 0xa0000003;
const CLOUD = 0x9000001a;
/** Of the cloud tags, these bits number the provider. */
const CLOUD_PROVIDER = 0xf000;
const DEDUPLICATED = 0x80000013;
/** Compressed as a whole by Windows (`compact /exe`). */
const WINDOWS_OVERLAY = 0x80000017;

/** Tells, without opening it, what a path is: by its attributes, and its reparse tag or 0. */
export function classify(attributes: number, reparseTag: number): FileKind {
  const has = (bits: number) => (attributes & bits) !== 0;
  const isDirectory = has(attributeBits.directory);
  const isReparsePoint = has(attributeBits.reparsePoint);

  if (isReparsePoint && reparseTag === SYMLINK) return 'symlink';
  if (isReparsePoint && reparseTag === MOUNT_POINT) return 'junction';
  if (has(attributeBits.recallOnDataAccess | attributeBits.recallOnOpen)) return 'cloud-placeholder';
  // The directories above an offline file carry the mark too, and can be listed where they are.
  if (has(attributeBits.offline) && !isDirectory) return 'cloud-placeholder';
  if (isReparsePoint && !isDataHere(reparseTag)) return 'other-reparse';
  return isDirectory ? 'directory' : 'plain';
}

/**
 * True for tags under which the data is on this disk and is read like any other, once none of the bits above is set: a file
 * of a cloud folder that is kept on this device has its tag for ever.
 */
function isDataHere(reparseTag: number): boolean {
  const isCloud = (reparseTag & ~CLOUD_PROVIDER) >>> 0 === CLOUD;
  return isCloud || reparseTag === DEDUPLICATED || reparseTag === WINDOWS_OVERLAY;
}
