import { execFileSync } from 'node:child_process';
import {
  type BigIntStats,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  readlinkSync,
  symlinkSync,
} from 'node:fs';
import { messageOf } from '../errors.ts';
import type { Stat } from '../model/entry.ts';
import { equalBytes } from '../model/ids.ts';
import { damaged } from '../model/wire.ts';
import { attributeBits } from '../native/classify.ts';
import type { NativePath } from '../scan/disk.ts';
import { nativeOf } from '../scan/native-path.ts';
import { isSystemError } from '../scan/problems.ts';
import type { Attributes } from './attributes.ts';
import { discard, publish } from './drafts.ts';
import { refusal } from './failures.ts';
import type { Outcome } from './outcome.ts';
import { draftOf } from './target.ts';

/*
 * Makes what is no file and no directory: under a name of its own first, then renamed, so that what was there is there until then.
 */

/** What systems say of a link that cannot be: none there (`EISDIR` and `UNKNOWN` on Windows), no more of this file, not to there. */
const NO_LINK = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV', 'EISDIR', 'UNKNOWN']);

/** Another name for a file of this restore; where the target has no such thing, a copy, which is told. */
export function makeOtherName(
  first: NativePath,
  place: NativePath,
  stat: Stat,
  { attributes, outcome }: { attributes: Attributes; outcome: Outcome },
): void {
  try {
    viaDraft(place, (draft) => linkSync(first, draft));
  } catch (error) {
    if (!isSystemError(error) || !NO_LINK.has(error.code)) throw error;
    makeCopy(first, place, stat, attributes);
    outcome.lose(['link']);
  }
}

function makeCopy(first: NativePath, place: NativePath, stat: Stat, attributes: Attributes): void {
  viaDraft(place, (draft) => {
    copyFileSync(first, draft, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    attributes.setSpecial(draft, stat);
  });
}

/** A link that says what it said, wherever that leads: nothing is ever written through it. */
export function makeSymlink(place: NativePath, stat: Stat, attributes: Attributes): void {
  const target = nativeOf(targetOf(stat));
  viaDraft(place, (draft) => {
    symlinkSync(target, draft, linkKind(stat));
    attributes.setLink(draft, stat);
  });
}

const JUNCTION = 0xa0000003;

/** What Windows needs to know of a link, and other systems have no word for; where nobody said, it looks at the target. */
export function linkKind({
  reparseTag,
  attributes,
}: Pick<Stat, 'reparseTag' | 'attributes'>): 'junction' | 'dir' | 'file' | undefined {
  if (reparseTag === JUNCTION) return 'junction';
  if (attributes === undefined) return undefined;
  return attributes & attributeBits.directory ? 'dir' : 'file';
}

/** Node has no call for it. */
export function makeFifo(place: NativePath, stat: Stat, attributes: Attributes): void {
  viaDraft(place, (draft) => {
    if (typeof draft !== 'string')
      throw refusal('a FIFO with a name that is no text cannot be made', 'EILSEQ');
    makePlainFifo(draft);
    attributes.setSpecial(draft, stat);
  });
}

function makePlainFifo(draft: string): void {
  try {
    execFileSync('mkfifo', ['-m', '600', '--', draft], { stdio: 'pipe' });
  } catch (error) {
    throw refusal(`the FIFO cannot be made: ${messageOf(error).trim().replaceAll('\n', ' ')}`, 'EIO');
  }
}

/** Whether a link that is there says what the snapshot's does. */
export function isSameLink(place: NativePath, there: BigIntStats, stat: Stat): boolean {
  return there.isSymbolicLink() && equalBytes(readlinkSync(place, 'buffer'), targetOf(stat));
}

/** Whether two names are of one file. */
export function isSameFile(place: NativePath, there: BigIntStats): boolean {
  const { dev, ino } = lstatSync(place, { bigint: true });
  return dev === there.dev && ino === there.ino;
}

function targetOf({ target }: Stat): Uint8Array {
  if (target && target.length > 0) return target;
  throw damaged('An entry', 'it is a symbolic link without a target');
}

function viaDraft(place: NativePath, make: (draft: NativePath) => void): void {
  const draft = draftOf(place);
  discard(draft);
  try {
    make(draft);
    publish(draft, place);
  } catch (error) {
    discard(draft);
    throw error;
  }
}
