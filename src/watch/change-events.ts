import { realpath, stat } from 'node:fs/promises';
import { messageOf } from '../errors.ts';

/*
 * What the operating system tells of changes. It is a hint that makes a check come sooner: events get lost, so the checks at
 * intervals are what is relied on.
 */

/** Ends a subscription. */
export type Unsubscribe = () => Promise<void>;

/** Tells of changes below a directory. `onTrouble`: events were lost, or end here. */
export type Subscribe = (
  directory: string,
  ignored: string[],
  on: { change: () => void; trouble: (message: string) => void },
) => Promise<Unsubscribe>;

/** What the system has for it. @throws where the native part is missing, or the system has no room for so many directories */
export const systemSubscribe: Subscribe = async (directory, ignored, { change, trouble }) => {
  const { subscribe } = await import('@parcel/watcher');
  const onEvents = (error: Error | null) => (error ? trouble(error.message) : change());
  const subscription = await subscribe(directory, onEvents, { ignore: ignored });
  return () => subscription.unsubscribe();
};

export interface FollowOptions {
  subscribe: Subscribe;
  /** Absolute paths of what is not worth an event: the program's own. */
  ignored: string[];
  onChange: () => void;
  /** Told once for each directory, until it works again: from now on the interval alone finds its changes. */
  onTrouble: (directory: string, message: string) => void;
  /** A directory that was told of as troubled is followed again. */
  onWorking: (directory: string) => void;
}

/** Subscriptions to the directories of one job. */
export class Followed {
  readonly #options: FollowOptions;
  /** By path; `identity` tells whether another directory lies there by now. */
  readonly #followed = new Map<string, { identity: string; end: Unsubscribe }>();
  /** Directories that are in trouble, and whether events have come since. */
  readonly #troubled = new Map<string, { hasEvents: boolean }>();
  /** By path, the directory that was there. Not asked for again: to refuse, the system may have walked a large tree. */
  readonly #refused = new Map<string, string>();

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Follows these directories and no others. What is no directory, or not there, is left to the interval. */
  async follow(paths: string[]): Promise<void> {
    for (const path of this.#followed.keys()) if (!paths.includes(path)) await this.#end(path);
    for (const path of paths) await this.#followOne(path);
  }

  async close(): Promise<void> {
    await this.follow([]);
  }

  async #followOne(path: string): Promise<void> {
    const identity = await directoryIdentity(path);
    if (this.#followed.get(path)?.identity === identity) return this.#lookAfter(path);
    await this.#end(path);
    if (identity === undefined || this.#refused.get(path) === identity) return;
    try {
      const end = await this.#subscribe(path);
      this.#followed.set(path, { identity, end });
      this.#works(path);
    } catch (error) {
      this.#refused.set(path, identity);
      this.#onTrouble(path, messageOf(error));
    }
  }

  async #subscribe(path: string): Promise<Unsubscribe> {
    const { subscribe, ignored } = this.#options;
    return await subscribe(await realpath(path), ignored, {
      change: () => this.#onChange(path),
      trouble: (message) => this.#onTrouble(path, message),
    });
  }

  /** Where events were lost, others may have come since. */
  #lookAfter(path: string): void {
    if (this.#troubled.get(path)?.hasEvents) this.#works(path);
  }

  #works(path: string): void {
    if (this.#troubled.delete(path)) this.#options.onWorking(path);
  }

  #onChange(path: string): void {
    const trouble = this.#troubled.get(path);
    if (trouble) trouble.hasEvents = true;
    this.#options.onChange();
  }

  /** Whatever was lost is there to be found: that is a change, too. */
  #onTrouble(path: string, message: string): void {
    if (!this.#troubled.has(path)) this.#options.onTrouble(path, message);
    this.#troubled.set(path, { hasEvents: false });
    this.#options.onChange();
  }

  async #end(path: string): Promise<void> {
    const followed = this.#followed.get(path);
    this.#followed.delete(path);
    try {
      await followed?.end();
    } catch (error) {
      this.#onTrouble(path, messageOf(error));
    }
  }
}

/** Undefined: nothing that could be followed; why not, the check tells. */
async function directoryIdentity(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isDirectory() ? `${found.dev}:${found.ino}` : undefined;
}
