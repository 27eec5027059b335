import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join, parse, toNamespacedPath } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { list } from '../../src/list.ts';
import { attributeBits } from '../../src/native/classify.ts';
import { loadFilesAddon, type NativeFiles } from '../../src/native/files.ts';
import { push } from '../../src/push.ts';
import { restore } from '../../src/restore.ts';
import { ruleLines } from '../../src/rules/lines.ts';
import type { Rules } from '../../src/rules/rules.ts';
import { plain } from '../download/rig.ts';
import { lacks } from '../fixtures/platform.ts';
import { makeRepository, type TestRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';

/*
 * What Windows keeps of files, by the real addon, in the threads of a push and a restore. Wine stores attributes only of these:
 * streams, access lists and creation times can be set there, and are not kept.
 */

const { hidden, system, readOnly } = attributeBits;
const SETTABLE = hidden | system | readOnly;

let made: TestRepository;
beforeEach(async () => {
  made = await makeRepository({ now: () => new Date(Date.now() + 10_000) });
});
afterEach(async () => await made.cleanup());

describe.skipIf(lacks('windows'))('attributes and access lists', () => {
  const addon = () => loadFilesAddon() as NativeFiles;
  const at = (name: string) => join(made.source, name);
  const attributesOf = (path: string) => addon().fileAttributes(toNamespacedPath(path)).attributes & SETTABLE;

  test('names that only the full form of a path has go with a push, and come back with a restore', async () => {
    const names = ['con', 'Nul.txt', 'com1', 'dot.', 'space ', 'folder./aux', 'folder./file ', 'folder'];
    mkdirSync(at('folder.'));
    for (const name of names) writeFileSync(at(name), name);
    const result = await push(made.repository, pushOptions({ sources: [made.source], cwd: made.root }));
    expect(result).toMatchObject({ skipped: [], statistics: { files: names.length } });
    const to = join(made.root, 'target');
    const back = await restore(made.repository, { ...plain(to), verify: true });
    expect(back).toMatchObject({ failed: [], files: names.length, verified: names.length });
    for (const name of names) expect(readFileSync(join(to, name), 'utf8')).toBe(name);
    expect(readdirSync(to).sort()).toEqual(['Nul.txt', 'com1', 'con', 'dot.', 'folder', 'folder.', 'space ']);
  });

  test('of the root of a drive are its own, not those of the current directory there', async () => {
    const { root } = parse(made.root);
    const rules: Rules = {
      form: 'ordinary',
      lines: ruleLines(['*'], { origin: '--exclude' }),
      ignoreFiles: false,
      ifPresent: [],
    };
    const asked: string[] = [];
    const securityDescriptor = (path: string) => {
      asked.push(path);
      return addon().securityDescriptor(path);
    };
    const windowsFiles = { ...addon(), securityDescriptor };
    const before = process.cwd();
    const options = { sources: [root], cwd: made.root, workers: 0, rules, windowsFiles };
    process.chdir(made.root);
    try {
      await push(made.repository, pushOptions(options));
    } finally {
      process.chdir(before);
    }
    expect(asked).toEqual([`\\\\?\\${root}`]);
  });

  test('go with a push, and come back with a restore', async () => {
    mkdirSync(at('folder'));
    const files = { 'folder/hidden': hidden, plain: 0, 'read-only': readOnly | system, empty: hidden };
    for (const [name, bits] of Object.entries(files)) {
      writeFileSync(at(name), name === 'empty' ? '' : name);
      utimesSync(at(name), 1_500_000_000, 1_500_000_000);
      addon().setAttributes(toNamespacedPath(at(name)), bits);
    }
    addon().setAttributes(toNamespacedPath(at('folder')), hidden);
    const options = pushOptions({ sources: [made.source], cwd: made.root, workers: 2 });
    const result = await push(made.repository, options);
    expect(result).toMatchObject({ skipped: [], notStored: [], statistics: { files: 4, directories: 2 } });

    const found = new Map<string, { attributes?: string[]; securityDescriptor?: string }>();
    for await (const entry of list(made.repository, { at: { latest: true }, recursive: true })) {
      found.set(entry.path, entry);
    }
    expect(found.get('source/folder/hidden')?.attributes).toContain('hidden');
    expect(found.get('source/read-only')?.attributes).toEqual(expect.arrayContaining(['readonly', 'system']));
    expect(found.get('source/folder')?.attributes).toContain('hidden');
    for (const name of ['plain', 'empty', 'folder']) {
      const sddl = addon().securityDescriptor(toNamespacedPath(at(name)));
      expect(found.get(`source/${name}`)?.securityDescriptor).toBe(sddl);
    }

    const to = join(made.root, 'target');
    const back = await restore(made.repository, { ...plain(to), ownership: true, workers: 2, verify: true });
    expect(back).toMatchObject({ failed: [], files: 4, verified: 4 });
    for (const [name, bits] of Object.entries(files)) expect(attributesOf(join(to, name))).toBe(bits);
    expect(attributesOf(join(to, 'folder'))).toBe(hidden);
    expect(await push(made.repository, options)).toMatchObject({
      statistics: { new: 0, changed: 0, bytesRead: 0 },
    });
    for (const name of Object.keys(files)) addon().setAttributes(toNamespacedPath(join(to, name)), 0);
    for (const name of Object.keys(files)) addon().setAttributes(toNamespacedPath(at(name)), 0);
  });
});
