import fs from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How often the system was asked to make something durable, or to give something its name. */
export interface FileCalls {
  /** fsync and fdatasync, of files and directories. */
  syncs: number;
  renames: number;
  links: number;
}

type Calls = Record<string, (...args: unknown[]) => unknown>;

const counted: Record<keyof FileCalls, string[]> = {
  syncs: ['fsync', 'fsyncSync', 'fdatasync', 'fdatasyncSync'],
  renames: ['rename', 'renameSync'],
  links: ['link', 'linkSync'],
};

/** Counts calls of this thread until `end`. */
export async function countFileCalls(): Promise<{ calls: FileCalls; end: () => void }> {
  const calls: FileCalls = { syncs: 0, renames: 0, links: 0 };
  const undo: (() => void)[] = [];
  const watch = (owner: object, name: string, kind: keyof FileCalls) => {
    const calling = owner as Calls;
    const original = calling[name];
    if (!original) return;
    calling[name] = function (this: unknown, ...args) {
      calls[kind]++;
      return original.apply(this, args);
    };
    undo.push(() => {
      calling[name] = original;
    });
  };
  for (const [kind, names] of Object.entries(counted) as [keyof FileCalls, string[]][])
    for (const name of names) for (const owner of [fs, fs.promises]) watch(owner, name, kind);
  for (const name of ['sync', 'datasync']) watch(await handlePrototype(), name, 'syncs');
  syncBuiltinESMExports();
  const end = () => {
    for (const one of undo) one();
    syncBuiltinESMExports();
  };
  return { calls, end };
}

/** What all file handles share: Node.js exports no class of them. */
async function handlePrototype(): Promise<FileHandle> {
  const path = join(tmpdir(), `bmcloud-handle-${process.pid}`);
  const handle = await open(path, 'w');
  await handle.close();
  await rm(path);
  return Object.getPrototypeOf(handle) as FileHandle;
}
