import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type MirrorOptions, type MirrorResult, mirror } from '../../src/mirror.ts';
import type { MirrorFromDisk } from '../../src/mirror-source.ts';
import { plainMirror } from './plain.ts';

/** A source and a folder to mirror it to, made anew for each test of a file. */
export interface MirrorRig {
  root: string;
  source: string;
  to: string;
  run(disk?: Partial<MirrorFromDisk>, options?: Partial<MirrorOptions>): Promise<MirrorResult>;
}

export function useMirror(): MirrorRig {
  const rig = {} as MirrorRig;
  beforeEach(() => Object.assign(rig, makeMirror()));
  afterEach(() => removeRig(rig));
  return rig;
}

/** On Windows what was just closed may still be there for a moment. */
export async function removeRig({ root }: Pick<MirrorRig, 'root'>): Promise<void> {
  await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

export function makeMirror(): MirrorRig {
  const root = mkdtempSync(join(tmpdir(), 'bmcloud-mirror-'));
  const [source, to] = [join(root, 'source'), join(root, 'to')];
  mkdirSync(source);
  return {
    root,
    source,
    to,
    run: (disk, options) => mirror({ ...plainMirror(source, to, disk), ...options }),
  };
}

/** What lies below a directory, by path: what files hold, where links lead, `/` for directories. */
export function treeOf(directory: string, below = ''): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of readdirSync(join(directory, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`;
    const stats = lstatSync(join(directory, path));
    if (stats.isDirectory()) Object.assign(tree, { [path]: '/' }, treeOf(directory, path));
    else
      tree[path] = stats.isSymbolicLink()
        ? `-> ${readlinkSync(join(directory, path))}`
        : textOf(join(directory, path));
  }
  return tree;
}

function textOf(file: string): string {
  return readFileSync(file, 'latin1');
}

/** The increments in a folder, the oldest first. */
export function incrementsIn(to: string): string[] {
  return readdirSync(to)
    .filter((name) => /^backup_\d/.test(name))
    .sort();
}
