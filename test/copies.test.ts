import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { initRepository, openRepository } from '../src/repository/open.ts';
import type { Repository } from '../src/repository/repository.ts';
import type { Secret } from '../src/seal/secret.ts';
import { status } from '../src/status.ts';
import { verify } from '../src/verify.ts';
import { expectSameTree, listingOf } from './fixtures/trees.ts';
import { pushFrom, restoreTo } from './format/program.ts';

/*
 * Copies of one repository, used in turn, as with disks that are carried away: what this machine keeps is of the one it used last.
 */

const secret: Secret = { kind: 'generated', key: new Uint8Array(32).fill(7) };

let root: string;
let source: string;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'bmcloud-copies-'));
  source = join(root, 'source');
  mkdirSync(source);
  await (await initRepository(openOptions('one'))).repository.close();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function openOptions(copy: string) {
  const directories = {
    cache: join(root, 'cache'),
    state: join(root, 'state'),
    config: join(root, 'config'),
  };
  const now = () => new Date(Date.now() + 10_000);
  return {
    location: join(root, copy),
    secret: async () => secret,
    directories,
    env: {},
    now,
    acceptRollback: true,
  };
}

async function opened<T>(copy: string, act: (repository: Repository) => Promise<T>): Promise<T> {
  const repository = await openRepository(openOptions(copy));
  try {
    return await act(repository);
  } finally {
    await repository.close();
  }
}

const write = (name: string) => writeFileSync(join(source, name), `this is ${name}`);
const pushTo = (copy: string) => opened(copy, (repository) => pushFrom(repository, { sources: [source] }));

test('with as many manifests, a push builds on those of the copy it goes to', async () => {
  write('first');
  await pushTo('one');
  cpSync(join(root, 'one'), join(root, 'other'), { recursive: true });
  write('of one');
  await pushTo('one');
  rmSync(join(source, 'of one'));
  write('of the other');
  await pushTo('other');
  write('last');
  const { snapshot } = await pushTo('one');
  await opened('one', async (repository) => {
    const to = join(root, 'restored');
    await restoreTo(repository, snapshot, to);
    expectSameTree(listingOf(to), listingOf(source));
    expect((await verify(repository, { readData: true })).problems).toEqual([]);
  });
});

test('status looks at the copy it is asked about, and leaves alone what a push keeps', async () => {
  write('first');
  await pushTo('one');
  cpSync(join(root, 'one'), join(root, 'other'), { recursive: true });
  write('second');
  await pushTo('one');
  const looked = async (copy: string) =>
    await opened(copy, (repository) =>
      status(repository, {
        sources: [source],
        cwd: '/',
        host: 'host',
        allowEmpty: false,
        oneFileSystem: false,
        excludeCaches: false,
        ownDirectories: [],
      }),
    );
  const [head = ''] = globSync(join(root, 'cache/**/head.json'));
  const kept = () => readFileSync(head, 'utf8');
  const before = kept();
  expect(await looked('other')).toMatchObject({ new: 1, unchanged: 1 });
  expect(kept()).toBe(before);
  expect(await looked('one')).toMatchObject({ new: 0, unchanged: 3 });
});
