import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { parse } from 'node:path';
import { getgid, getuid } from 'node:process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { scanInline } from '../../src/scan/scan.ts';
import { isWindows, lacks } from '../fixtures/platform.ts';
import { collect, optionsFor, type Scanned, temporaryDirectory, told } from './scanned.ts';

function scanned(path: string | Uint8Array, more: Parameters<typeof optionsFor>[1] = {}): Scanned {
  return collect(scanInline(optionsFor(path, more)));
}

describe('what the scan sees of', () => {
  it('a file', () => {
    const top = temporaryDirectory();
    writeFileSync(`${top}/f`, 'hello');
    chmodSync(`${top}/f`, 0o4751);
    utimesSync(`${top}/f`, 1_234_567_890.123, 1_234_567_890.5);
    const { ino, ctimeNs } = statSync(`${top}/f`, { bigint: true });
    const stat = scanned(top).stats.get('s/f');
    expect(stat).toMatchObject({
      type: 'file',
      size: 5,
      mode: isWindows ? 0o666 : 0o4751,
      uid: getuid?.() ?? 0,
      gid: getgid?.() ?? 0,
      inode: ino,
    });
    expect(stat?.mtime).toEqual({ seconds: 1_234_567_890, nanos: 500_000_000 });
    expect(stat?.ctime.nanos).toBe(Number(ctimeNs % 1_000_000_000n));
    expect(stat).not.toHaveProperty('links');
    expect(stat).not.toHaveProperty('device');
  });

  it.skipIf(lacks('modes'))('the names of its owners', () => {
    const top = temporaryDirectory();
    expect(scanned(top).stats.get('s')?.user).toBe(execFileSync('id', ['-un'], { encoding: 'utf8' }).trim());
    expect(scanned(top).stats.get('s')?.group).toBe(execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim());
  });

  it.skipIf(lacks('oldTimes'))('times before 1970', () => {
    const top = temporaryDirectory();
    execFileSync('touch', ['-d', '1969-12-31T23:59:58.75Z', `${top}/old`]);
    expect(scanned(top).stats.get('s/old')?.mtime).toEqual({ seconds: -2, nanos: 750_000_000 });
  });

  it('a file with two names', () => {
    const top = temporaryDirectory();
    writeFileSync(`${top}/one`, '');
    linkSync(`${top}/one`, `${top}/two`);
    const { dev, ino } = statSync(`${top}/one`, { bigint: true });
    const { stats } = scanned(top);
    for (const path of ['s/one', 's/two']) {
      expect(stats.get(path)).toMatchObject({ device: dev, inode: ino, links: 2 });
    }
  });

  it.skipIf(lacks('symlinks'))('links, to directories too, without following them', () => {
    const top = temporaryDirectory();
    symlinkSync('..', `${top}/up`);
    symlinkSync('nowhere', `${top}/dangling`);
    const { stats, problems } = scanned(top);
    expect([...stats.keys()]).toEqual(['s', 's/dangling', 's/up']);
    expect(Buffer.from(stats.get('s/up')?.target ?? []).toString()).toBe('..');
    expect(stats.get('s/dangling')?.type).toBe('symlink');
    expect(problems).toEqual([]);
  });

  it.skipIf(lacks('fifos'))('a FIFO and a socket', async () => {
    const top = temporaryDirectory();
    execFileSync('mkfifo', [`${top}/fifo`]);
    const server = createServer();
    await new Promise<void>((done) => server.listen(`${top}/socket`, done));
    const { stats } = scanned(top);
    await new Promise((done) => server.close(done));
    expect(stats.get('s/fifo')?.type).toBe('fifo');
    expect(stats.get('s/socket')?.type).toBe('socket');
  });

  it.skipIf(lacks('root'))('devices', () => {
    const top = temporaryDirectory();
    execFileSync('mknod', [`${top}/null`, 'c', '1', '3']);
    execFileSync('mknod', [`${top}/large`, 'b', '259', '70000']);
    const { stats } = scanned(top);
    expect(stats.get('s/null')).toMatchObject({ type: 'character', deviceNumber: 2 ** 20 + 3 });
    expect(stats.get('s/large')).toMatchObject({ type: 'block', deviceNumber: 259 * 2 ** 20 + 70_000 });
  });
});

describe.skipIf(lacks('byteNames'))('names that are no text', () => {
  const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

  it('come through, with what lies below them', () => {
    const top = temporaryDirectory();
    mkdirSync(bytes(`${top}/caf\xe9`));
    writeFileSync(bytes(`${top}/caf\xe9/plain`), '');
    writeFileSync(bytes(`${top}/caf\xe9/\xff`), 'abc');
    writeFileSync(`${top}/caf\u00e9`, '');
    writeFileSync(`${top}/\ufffd`, '');
    symlinkSync(bytes('t\xfe'), bytes(`${top}/l\xfe`));
    const { paths, stats, problems } = scanned(top);
    expect(paths).toEqual([
      's',
      's/caf\xc3\xa9',
      's/caf\xe9',
      's/caf\xe9/plain',
      's/caf\xe9/\xff',
      's/l\xfe',
      's/\xef\xbf\xbd',
    ]);
    expect(stats.get('s/caf\xe9/\xff')?.size).toBe(3);
    expect(Buffer.from(stats.get('s/l\xfe')?.target ?? [])).toEqual(bytes('t\xfe'));
    expect(problems).toEqual([]);
  });

  it('may be those of a source', () => {
    const top = bytes(`${temporaryDirectory()}/\xe9`);
    mkdirSync(top);
    writeFileSync(Buffer.concat([top, bytes('/f')]), '');
    expect(scanned(top).paths).toEqual(['s', 's/f']);
  });
});

describe('a source', () => {
  it('may be a file', () => {
    const top = temporaryDirectory();
    writeFileSync(`${top}/f`, 'x');
    expect(scanned(`${top}/f`).stats.get('s')).toMatchObject({ type: 'file', size: 1 });
  });

  it.skipIf(lacks('symlinks'))('that is a link is what it points to', () => {
    const top = temporaryDirectory();
    mkdirSync(`${top}/d`);
    writeFileSync(`${top}/d/f`, '');
    symlinkSync('d', `${top}/link`);
    expect(scanned(`${top}/link`).paths).toEqual(['s', 's/f']);
  });

  it.skipIf(lacks('symlinks'))('is missing when it points to nothing', () => {
    const top = temporaryDirectory();
    symlinkSync('d', `${top}/link`);
    expect(told(scanned(`${top}/link`).problems)).toEqual(['source-missing s ENOENT']);
  });

  it('is missing when it lies below a file', () => {
    const top = temporaryDirectory();
    writeFileSync(`${top}/f`, '');
    expect(scanned(`${top}/f/below`).problems.map(({ kind }) => kind)).toEqual(['source-missing']);
  });

  it('may be the root of everything', () => {
    const first = scanInline(
      optionsFor(parse(temporaryDirectory()).root, { oneFileSystem: true, batchBytes: 1 }),
    );
    expect(collect([first.next().value, first.next().value]).paths[1]).toMatch(/^s\/[^/]+$/);
  });
});

describe.skipIf(lacks('root'))('as root', () => {
  it('keeps a mount point without what is mounted', () => {
    const top = temporaryDirectory();
    mkdirSync(`${top}/m`);
    try {
      execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', `${top}/m`], { stdio: 'pipe' });
    } catch (error) {
      console.log('tmpfs cannot be mounted here:', String(error).split('\n')[1]);
      return;
    }
    try {
      writeFileSync(`${top}/m/inside`, '');
      expect(scanned(top, { oneFileSystem: true }).paths).toEqual(['s', 's/m']);
      expect(scanned(top).paths).toEqual(['s', 's/m', 's/m/inside']);
    } finally {
      execFileSync('umount', [`${top}/m`]);
    }
  });

  it('keeps a directory that another user may not read', () => {
    const top = temporaryDirectory();
    chmodSync(top, 0o755);
    mkdirSync(`${top}/closed`, 0o700);
    mkdirSync(`${top}/blind`);
    writeFileSync(`${top}/blind/f`, '');
    chmodSync(`${top}/blind`, 0o744);
    writeFileSync(`${top}/open`, '');
    const found = collectAs(65_534, top);
    expect(found.paths).toEqual(['s', 's/blind', 's/closed', 's/open']);
    expect(found.problems).toEqual([
      'unreadable-entry s/blind/f EACCES',
      'unreadable-directory s/closed EACCES',
    ]);
  });
});

/** What a process of that user finds. */
function collectAs(uid: number, path: string): { paths: string[]; problems: string[] } {
  const here = (file: string) => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));
  const program = `
    import { scanInline } from ${here('../../src/scan/scan.ts')};
    import { entriesOf } from ${here('../../src/model/entry.ts')};
    const source = { name: 's', path: Buffer.from(${JSON.stringify(path)}) };
    const options = { sources: [source], oneFileSystem: false, excludeCaches: false, excludedIdentities: [] };
    const found = { paths: [], problems: [] };
    for (const batch of scanInline(options)) {
      for (const entry of entriesOf(batch.run)) found.paths.push(Buffer.from(entry.path).toString());
      for (const { kind, path, code } of batch.problems) found.problems.push(kind + ' ' + Buffer.from(path) + ' ' + code);
    }
    console.log(JSON.stringify(found));`;
  const answer = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    uid,
    gid: uid,
    cwd: '/',
    encoding: 'utf8',
  });
  return JSON.parse(answer);
}

describe('a cache directory', () => {
  const signature = 'Signature: 8a477f597d28d172789f06886806bc55';

  function treeWithCache(tag: string): string {
    const top = temporaryDirectory();
    mkdirSync(`${top}/cache/deep`, { recursive: true });
    writeFileSync(`${top}/cache/CACHEDIR.TAG`, tag);
    for (const name of ['A', 'data', 'deep/er']) writeFileSync(`${top}/cache/${name}`, '');
    writeFileSync(`${top}/kept`, '');
    return top;
  }

  it('is kept with its tag, without the rest', () => {
    const top = treeWithCache(`${signature}\n# made by a test`);
    const found = scanned(top, { excludeCaches: true, batchBytes: 1 });
    expect(found.paths).toEqual(['s', 's/cache', 's/cache/CACHEDIR.TAG', 's/kept']);
    expect(found.excluded).toBe(3);
  });

  it('is like any other unless asked for', () => {
    expect(scanned(treeWithCache(signature)).paths).toHaveLength(8);
  });

  it.each(['', 'Signature: 8a477f59', signature.toUpperCase()])('is none with the tag "%s"', (tag) => {
    expect(scanned(treeWithCache(tag), { excludeCaches: true }).paths).toHaveLength(8);
  });

  it.skipIf(lacks('symlinks'))('is none when the tag is a link or a FIFO', () => {
    const top = treeWithCache('');
    rmSync(`${top}/cache/CACHEDIR.TAG`);
    writeFileSync(`${top}/tag`, signature);
    symlinkSync('../tag', `${top}/cache/CACHEDIR.TAG`);
    expect(scanned(top, { excludeCaches: true }).excluded).toBe(0);
    if (lacks('fifos')) return;
    rmSync(`${top}/cache/CACHEDIR.TAG`);
    execFileSync('mkfifo', [`${top}/cache/CACHEDIR.TAG`]);
    expect(scanned(top, { excludeCaches: true }).excluded).toBe(0);
  });
});
