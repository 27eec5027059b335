import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveSources } from '../../src/scan/sources.ts';
import { isWindows, lacks, slashed } from '../fixtures/platform.ts';
import { temporaryDirectory } from './scanned.ts';

const text = (path: Uint8Array): string => slashed(Buffer.from(path).toString());

/** A walk that only links keep from anything. */
const everywhere = {
  oneFileSystem: false,
  excludeCaches: false,
  defaultExcludes: 'none' as const,
  excludedIdentities: [],
};

function someDirectories(...names: string[]): string {
  const top = slashed(temporaryDirectory());
  for (const name of names) mkdirSync(`${top}/${name}`, { recursive: true });
  return top;
}

async function resolved(args: (string | Uint8Array)[], cwd: string): Promise<string[]> {
  const { sources } = await resolveSources(args, cwd);
  return sources.map(({ name, path }) => `${name} ${text(path).slice(cwd.length)}`);
}

describe('sources', () => {
  it('are absolute, sorted, and there once', async () => {
    const top = someDirectories('b', 'a');
    expect(await resolved(['b', `${top}/a/`, './b/../b', 'a'], top)).toEqual(['a /a', 'b /b']);
  });

  it('may be globs', async () => {
    const top = someDirectories('u/ann/docs', 'u/bob/docs', 'u/cy');
    expect(await resolved(['u/*/docs'], top)).toEqual(['docs /u/ann/docs', 'docs-2 /u/bob/docs']);
    expect(await resolved([`${top}/u/{ann,cy}`], top)).toEqual(['ann /u/ann', 'cy /u/cy']);
  });

  it('are taken at their word where the path exists', async () => {
    const top = someDirectories('a[1]', 'a1');
    expect(await resolved(['a[1]'], top)).toEqual(['a[1] /a[1]']);
  });

  it('within one another are dropped and named', async () => {
    const top = someDirectories('a/b/c', 'a-b', 'ab');
    const { sources, nested } = await resolveSources(['a/b/c', 'a-b', 'a', 'ab', 'a/b'], top);
    expect(sources.map(({ name }) => name)).toEqual(['a', 'a-b', 'ab']);
    expect(nested.map(({ path, within }) => [text(path), text(within)])).toEqual([
      [`${top}/a/b`, `${top}/a`],
      [`${top}/a/b/c`, `${top}/a`],
    ]);
  });

  it('are sources beside where a rule keeps the walk of the other from them', async () => {
    const top = someDirectories('a/.cache/important', 'a/b');
    const lines = [{ text: '.cache', origin: '--exclude' }];
    const rules = { form: 'ordinary' as const, lines, ignoreFiles: false, ifPresent: [] };
    const { sources, nested } = await resolveSources(['a', 'a/.cache/important', 'a/b'], top, {
      reach: { ...everywhere, rules },
    });
    expect(sources.map(({ name }) => name)).toEqual(['a', 'important']);
    expect(nested.map(({ path }) => text(path))).toEqual([`${top}/a/b`]);
  });

  it.skipIf(lacks('symlinks'))('are sources beside where a link is on the way', async () => {
    const top = someDirectories('a/b', 'data/sub');
    symlinkSync(join(top, 'data'), join(top, 'a', 'link'));
    const { sources, nested } = await resolveSources(['a', 'a/b', 'a/link', 'a/link/sub'], top, {
      reach: everywhere,
    });
    expect(sources.map(({ name }) => name)).toEqual(['a', 'link']);
    expect(nested.map(({ path }) => text(path))).toEqual([`${top}/a/b`, `${top}/a/link/sub`]);
  });

  it.skipIf(lacks('byteNames'))(
    'are sources beside where a link on the way has a name that is no text',
    async () => {
      const top = someDirectories('a', 'data');
      const link = Buffer.concat([Buffer.from(`${top}/a/`), Buffer.of(0xff)]);
      symlinkSync(join(top, 'data'), link);
      const { sources, nested } = await resolveSources(['a', link], top, { reach: everywhere });
      expect(sources.map(({ path }) => Buffer.from(path))).toEqual([Buffer.from(`${top}/a`), link]);
      expect(nested).toEqual([]);
    },
  );

  it.skipIf(lacks('proc'))(
    'are sources beside where they are other file systems, and a walk stays on one',
    async () => {
      const names = async (oneFileSystem: boolean) => {
        const { sources, nested } = await resolveSources(['/', '/proc', '/proc/version', '/usr'], '/', {
          reach: { ...everywhere, oneFileSystem },
        });
        return [sources.map(({ name }) => name), nested.map(({ path }) => text(path))];
      };
      expect(await names(true)).toEqual([
        ['proc', 'root'],
        ['/proc/version', '/usr'],
      ]);
      expect(await names(false)).toEqual([['root'], ['/proc', '/proc/version', '/usr']]);
    },
  );

  it('all lie within the root', async () => {
    const top = someDirectories('a');
    const { sources, nested } = await resolveSources(['a', parse(top).root], top);
    expect(sources.map(({ name }) => name)).toEqual([isWindows ? 'C' : 'root']);
    expect(nested).toHaveLength(1);
  });

  it('stay in the list when they are missing, as long as one is there', async () => {
    const top = someDirectories('a');
    expect(await resolved(['a', 'gone', 'none*'], top)).toEqual(['a /a', 'gone /gone', 'none* /none*']);
  });

  it('are an error when none is there', async () => {
    const top = someDirectories();
    const none = resolveSources(['gone', 'none*'], top);
    await expect(none).rejects.toMatchObject({ code: 'source-missing' });
    await expect(resolveSources(['gone'], top)).rejects.toThrow(`${resolve(top, 'gone')} does not exist`);
    await expect(resolveSources([], top)).rejects.toMatchObject({ code: 'usage' });
  });

  it.skipIf(lacks('symlinks'))('are missing too when all there is is a link to nothing', async () => {
    const top = someDirectories();
    symlinkSync('nowhere', `${top}/link`);
    await expect(resolveSources(['link'], top)).rejects.toMatchObject({ code: 'source-missing' });
  });

  it.skipIf(lacks('byteNames'))('as bytes are never globs', async () => {
    const top = someDirectories('a');
    const name = Buffer.from('\xe9*', 'latin1');
    mkdirSync(Buffer.concat([Buffer.from(`${top}/`), name]));
    writeFileSync(`${top}/\u00e9`, '');
    const { sources } = await resolveSources([name, Buffer.from('./a')], top);
    expect(sources.map(({ path }) => Buffer.from(path).toString('latin1'))).toEqual([
      `${top}/a`,
      `${top}/\xe9*`,
    ]);
  });
});
