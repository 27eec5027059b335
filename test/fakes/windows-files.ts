import { type BigIntStats, lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { attributeBits } from '../../src/native/classify.ts';
import type {
  AlternateStream,
  DescriptorPart,
  DirectoryEntry,
  FileFacts,
  FileStatus,
  NativeFiles,
  WindowsError,
} from '../../src/native/files.ts';

/** What the fake keeps of a path, by its absolute path. */
export interface FakeMetadata {
  attributes?: number;
  reparseTag?: number;
  descriptor?: string;
  birthNs?: bigint;
}

/** An error as the addon throws it. */
export function windowsError(code: string, step: string): WindowsError {
  return Object.assign(new Error(`${step}: made up`), { code, step, windowsCode: 5 });
}

/**
 * Windows as far as the addon shows it, over a directory of this system: attributes and descriptors in memory, named streams
 * as files `name:stream` beside theirs, which no listing shows.
 */
export class FakeWindowsFiles implements NativeFiles {
  readonly metadata = new Map<string, FakeMetadata>();
  /** What is asked for, in order: `function path`. */
  readonly calls: string[] = [];
  /** Calls that fail: `function path` or `function`, with Node's code. */
  readonly failing = new Map<string, string>();
  /** What `enablePrivileges` gives. */
  granted = ['SeBackupPrivilege', 'SeRestorePrivilege', 'SeSecurityPrivilege'];
  /** Parts of a descriptor that may be set. */
  allowed: DescriptorPart[] = ['owner', 'group', 'dacl', 'sacl'];

  set(path: string, metadata: FakeMetadata): this {
    this.metadata.set(plainPath(path), { ...this.get(path), ...metadata });
    return this;
  }

  get(path: string): FakeMetadata {
    return this.metadata.get(plainPath(path)) ?? {};
  }

  listDirectory(path: string): DirectoryEntry[] {
    this.#note('listDirectory', path);
    const real = bytesOf(path);
    return readdirSync(real, 'buffer')
      .filter((name) => !name.includes(':'))
      .map((name) => {
        const text = textOf(name);
        const stats = lstatSync(Buffer.concat([real, Buffer.from('/'), name]), { bigint: true });
        const isIll = !text.isWellFormed();
        const facts = this.#factsOf(join(path, text), stats);
        return { name: text, ...(isIll && { nameBytes: name }), ...facts };
      });
  }

  fileAttributes(path: string): FileStatus {
    this.#note('fileAttributes', path);
    const stats = lstatSync(bytesOf(path), { bigint: true });
    return { ...this.#factsOf(path, stats), volume: Number(stats.dev), links: Number(stats.nlink) };
  }

  setAttributes(path: string, attributes: number): void {
    this.#note('setAttributes', path);
    this.set(path, { attributes });
  }

  securityDescriptor(path: string): string | undefined {
    this.#note('securityDescriptor', path);
    return this.get(path).descriptor;
  }

  setSecurityDescriptor(path: string, sddl: string): DescriptorPart[] {
    this.#note('setSecurityDescriptor', path);
    this.set(path, { descriptor: sddl });
    return this.allowed;
  }

  streams(path: string): AlternateStream[] {
    this.#note('streams', path);
    const start = `${basename(path)}:`;
    return readdirSync(dirname(path))
      .filter((name) => name.startsWith(start))
      .map((name) => ({
        name: name.slice(start.length),
        size: statSync(join(dirname(path), name)).size,
      }));
  }

  setCreationTime(path: string, ns: bigint): void {
    this.#note('setCreationTime', path);
    this.set(path, { birthNs: ns });
  }

  enablePrivileges(): string[] {
    this.#note('enablePrivileges', '');
    return this.granted;
  }

  #note(step: string, path: string): void {
    this.calls.push(`${step} ${path}`);
    const code = this.failing.get(`${step} ${path}`) ?? this.failing.get(step);
    if (code) throw windowsError(code, step);
  }

  #factsOf(path: string, stats: BigIntStats): FileFacts {
    const { attributes = 0, reparseTag = 0, birthNs } = this.get(path);
    const { mtimeNs, ctimeNs, birthtimeNs, ino: fileId } = stats;
    const directory = stats.isDirectory() ? attributeBits.directory : 0;
    const reparse = reparseTag === 0 ? 0 : attributeBits.reparsePoint;
    const times = { mtimeNs, ctimeNs, birthtimeNs: birthNs ?? birthtimeNs };
    return {
      attributes: attributes | directory | reparse,
      reparseTag,
      size: Number(stats.size),
      fileId,
      ...times,
    };
  }
}

/** Without what makes a path long. */
function plainPath(path: string): string {
  return path.replace(/^\\\\\?\\/, '');
}

const SURROGATE = /\xed[\xa0-\xbf][\x80-\xbf]/g;

function textOf(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .split(/(\xed[\xa0-\xbf][\x80-\xbf])/)
    .map((part) => {
      if (!part.match(SURROGATE)) return Buffer.from(part, 'latin1').toString();
      const [, high = 0, low = 0] = Buffer.from(part, 'latin1');
      return String.fromCharCode(0xd000 | ((high & 0x3f) << 6) | (low & 0x3f));
    })
    .join('');
}

/** A text as WTF-8. */
export function bytesOf(text: string): Buffer {
  const parts = Array.from(text, (character) => {
    if (character.isWellFormed()) return Buffer.from(character);
    const unit = character.charCodeAt(0);
    return Buffer.of(0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f));
  });
  return Buffer.concat(parts);
}
