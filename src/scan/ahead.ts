import { performance } from 'node:perf_hooks';
import { sameTime } from '../model/time.ts';
import { type LinuxAddon, MOST_NAMES } from '../native/linux.ts';
import type { NativePath } from './disk.ts';
import { Records } from './records.ts';
import { isSame, type SystemStat } from './system-stat.ts';

/** Directories that are listed before the walk gets there: as many as the addon has tickets. Each takes 96 KiB, once it was used. */
const AT_ONCE = 16;
/** Bytes of a path, or of names and what puts them in order. */
const ROOM = 32 * 1024;
/** Milliseconds that a listing is good for: after them, others are let in, in place of a directory that the walk has not come to. */
const PATIENCE = 500;
const REPLACEMENT = '\ufffd';

/** A directory as it was a moment ago. */
export interface ListedAhead {
  /** In the order of their bytes. */
  names: string[];
  /** One for each name; undefined: nobody has looked. */
  seen: (SystemStat | undefined)[];
}

interface Room {
  names: Buffer;
  records: Records;
}

interface Pending {
  ticket: number;
  room: Room;
  /** Milliseconds. */
  since: number;
}

/** Has directories listed by other threads while the walk is busy with those before them. */
export class Ahead {
  readonly #native: Pick<LinuxAddon, 'begin' | 'finish'>;
  readonly #now: () => number;
  readonly #free: Room[] = [];
  #rooms = 0;
  /** By path, the oldest first. */
  readonly #pending = new Map<string, Pending>();

  constructor(native: Pick<LinuxAddon, 'begin' | 'finish'>, now: () => number = () => performance.now()) {
    this.#native = native;
    this.#now = now;
  }

  has(directory: NativePath): boolean {
    return typeof directory !== 'string' || this.#pending.has(directory);
  }

  /** Begins with a directory, if there is room for one more. */
  begin(directory: NativePath): void {
    if (typeof directory !== 'string' || this.#pending.has(directory) || directory.length * 3 >= ROOM) return;
    const room = this.#takeRoom();
    if (!room) return;
    room.names[room.names.write(directory)] = 0;
    const ticket = this.#native.begin(room.names, room.records.numbers);
    if (ticket === -1) this.#free.push(room);
    else this.#pending.set(directory, { ticket, room, since: this.#now() });
  }

  /**
   * What was begun; undefined for what was not, or is too old, or too large, or could not be listed.
   * @param seen what it is now: another one may have taken its place
   */
  take(directory: NativePath, seen: SystemStat): ListedAhead | undefined {
    if (typeof directory !== 'string') return undefined;
    const pending = this.#pending.get(directory);
    if (!pending) return undefined;
    const length = this.#finish(directory, pending);
    return length === -1 ? undefined : listed(pending.room, length, seen);
  }

  #finish(directory: string, pending: Pending): number {
    const { ticket, room } = pending;
    const isWanted = !this.#isOld(pending);
    const length = this.#native.finish(ticket, isWanted);
    this.#pending.delete(directory);
    this.#free.push(room);
    return isWanted ? length : -1;
  }

  #takeRoom(): Room | undefined {
    if (this.#free.length === 0 && this.#rooms === AT_ONCE) this.#dropOld();
    const free = this.#free.pop();
    if (free || this.#rooms === AT_ONCE) return free;
    this.#rooms++;
    return { names: Buffer.allocUnsafeSlow(ROOM), records: new Records(MOST_NAMES + 1) };
  }

  #dropOld(): void {
    for (const [directory, pending] of this.#pending) {
      if (!this.#isOld(pending)) return;
      this.#finish(directory, pending);
    }
  }

  #isOld({ since }: Pending): boolean {
    return this.#now() - since > PATIENCE;
  }
}

function listed({ names, records }: Room, length: number, seen: SystemStat): ListedAhead | undefined {
  const itself = records.at(MOST_NAMES);
  // A directory that is made anew may get the same number.
  if (!itself || !isSame(itself, seen) || !sameTime(itself.ctime, seen.ctime)) return undefined;
  const text = names.toString('utf8', 0, Math.max(length - 1, 0));
  // Names that are no text are listed as bytes.
  if (text.includes(REPLACEMENT)) return undefined;
  const all = length === 0 ? [] : text.split('\0');
  return { names: all, seen: all.map((_, at) => records.at(at)) };
}
