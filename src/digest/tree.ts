import { createHash } from 'node:crypto';
import { throwIfInterrupted } from '../flow/sleep.ts';
import type { OnEvent } from '../model/events.ts';
import { displayPath } from '../model/path.ts';
import { type LookOptions, look } from '../scan/look.ts';
import { displayNative, nativeOf } from '../scan/native-path.ts';
import { resolveSources } from '../scan/sources.ts';
import { type DiskEntry, diskEntries } from './entries.ts';
import type { HashResult } from './hash-file.ts';
import { type HasherOptions, hashedPairs } from './hasher.ts';
import type { Pair } from './pairs.ts';
import { beginningOf, type FingerprintKind, recordOf } from './record.ts';

/** Which tree is hashed, and how. */
export interface FingerprintOptions extends Pick<LookOptions, 'oneFileSystem' | 'excludeCaches' | 'rules'> {
  /** A directory, or a file. */
  path: string;
  cwd: string;
  /** Default: `metadata`, which reads no file. */
  kind?: FingerprintKind;
  /** Leave out what every push leaves out. Default: true. */
  defaultExcludes?: boolean;
  signal?: AbortSignal;
  onEvent?: OnEvent;
}

/** One hash of a tree, and what it is of. */
export interface Fingerprint {
  /** Absolute. */
  path: string;
  kind: FingerprintKind;
  /** 64 hexadecimal digits: SHA-256 over what docs/archives.md says. */
  fingerprint: string;
  files: number;
  directories: number;
  /** Of files. */
  bytes: number;
  /** What could not be read is not in the fingerprint. */
  skipped: { path: string; reason: string; code: string }[];
}

/** Files, and bytes of them, between two words about the progress. */
const TOLD_EVERY = 1000;
const TOLD_EVERY_BYTES = 64 * 1024 * 1024;

/** A tree on the disk: what is found in it, and the hash that becomes of it. */
export class Tree {
  /** Absolute, for people. */
  readonly path: string;
  readonly kind: FingerprintKind;
  /** What is found, in the order of paths. */
  readonly entries: AsyncIterable<DiskEntry>;
  readonly #signal: AbortSignal | undefined;
  readonly #tell: OnEvent;
  readonly #sha = createHash('sha256');
  readonly #totals = { files: 0, directories: 0, bytes: 0 };
  readonly #skipped: Fingerprint['skipped'] = [];
  /** Bytes at the last word about the progress. */
  #told = 0;

  /** @throws `source-missing`, `source-unreadable` */
  static async at(options: FingerprintOptions): Promise<Tree> {
    const named = new Uint8Array(Buffer.from(options.path));
    const { sources } = await resolveSources([named], options.cwd);
    return new Tree(options, sources[0] as (typeof sources)[number]);
  }

  private constructor(options: FingerprintOptions, source: LookOptions['sources'][number]) {
    const { kind = 'metadata', oneFileSystem, excludeCaches, rules, defaultExcludes = true } = options;
    this.path = nativeOf(source.path).toString();
    this.kind = kind;
    this.#signal = options.signal;
    this.#tell = options.onEvent ?? (() => {});
    this.#sha.update(beginningOf(kind));
    const lookAt: LookOptions = {
      sources: [source],
      oneFileSystem,
      excludeCaches,
      defaultExcludes: defaultExcludes ? 'all' : 'none',
      ...(rules && { rules }),
      ownDirectories: [],
    };
    const found = look(lookAt, ({ problems, cloud }) => {
      for (const { native, message, code } of problems) this.#skip(native, message, code);
      for (const path of cloud) this.#skip(displayPath(path), 'its data are in a cloud only', 'ENOTSUP');
    });
    this.entries = diskEntries(found, source);
  }

  /** Reads the files where the kind asks for it. @throws `interrupted` */
  async *read(
    all: AsyncIterable<Pair>,
    options: HasherOptions = {},
  ): AsyncGenerator<{ pair: Pair; hashed?: HashResult | undefined }> {
    this.#tell({ type: 'phase', phase: 'scanning' });
    const reading = { ...options, signal: this.#signal };
    for await (const one of this.kind === 'content' ? hashedPairs(all, reading) : unread(all)) {
      throwIfInterrupted(this.#signal);
      this.#take(one.pair, one.hashed);
      yield one;
    }
  }

  /** Ends the hash: call it once, when everything was read. */
  result(): Fingerprint {
    const { path, kind } = this;
    return { path, kind, fingerprint: this.#sha.digest('hex'), ...this.#totals, skipped: this.#skipped };
  }

  #take({ disk }: Pair, hashed: HashResult | undefined): void {
    if (!disk) return;
    if (hashed && 'failed' in hashed)
      this.#skip(displayNative(disk.native), hashed.failed.message, hashed.failed.code);
    else this.#add(disk, hashed);
  }

  #add({ path, stat: found }: DiskEntry, data: { sha256: string; size: number } | undefined): void {
    const stat = data ? { ...found, size: data.size } : found;
    this.#sha.update(recordOf(this.kind, { path, stat }, data?.sha256));
    if (stat.type === 'directory') this.#totals.directories++;
    if (stat.type !== 'file') return;
    this.#totals.files++;
    this.#totals.bytes += stat.size;
    const { files, bytes } = this.#totals;
    const isDue = files % TOLD_EVERY === 0 || bytes - this.#told >= TOLD_EVERY_BYTES;
    if (!isDue) return;
    this.#told = bytes;
    this.#tell({ type: 'progress', progress: { files, bytes, transferred: 0 } });
  }

  #skip(path: string, reason: string, code: string): void {
    this.#skipped.push({ path, reason, code });
    this.#tell({ type: 'skipped', path, reason, code });
  }
}

async function* unread(all: AsyncIterable<Pair>): AsyncGenerator<{ pair: Pair; hashed: undefined }> {
  for await (const pair of all) yield { pair, hashed: undefined };
}
