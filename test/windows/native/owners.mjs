// Who holds a file, asked by the real node.exe: node.exe test/windows/native/owners.mjs
// Under Wine with the stand-in rstrtmgr.dll in system32 and WINEDLLOVERRIDES=rstrtmgr=n.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, toNamespacedPath } from 'node:path';
import { env, execPath, pid } from 'node:process';
import { after, afterEach, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { addon, isWine, notUnderWine } from './addon.mjs';

const directory = mkdtempSync(join(tmpdir(), 'bmcloud-owners-'));
const held = join(directory, 'held.pst');
const log = join(directory, 'calls.log');
writeFileSync(held, 'data');
const holder = await hold(held);

after(async () => {
  await release(holder);
  rmSync(directory, { recursive: true });
});
afterEach(() => {
  for (const name of Object.keys(env).filter((key) => key.startsWith('FAKERM_'))) delete env[name];
});

describe('each route by itself', () => {
  const only = (route) => addon.lockOwners(held, { deadlineMs: 10_000, routes: [route] });

  test('the handles of all processes tell who lets nobody in', async () => {
    assert.throws(() => readFileSync(held), { code: 'EBUSY' });
    const { owners, route } = await only('handle-scan');
    assert.equal(route, 'handle-scan');
    assert.deepEqual(pidsOf(owners), [holder.pid]);
    isHolder(owners[0]);
    assert.equal(owners[0].how, 'open for reading and writing');
  });

  test('the file system tells', async () => {
    const { owners, notes } = await only('file-process-ids');
    if (owners.length === 0) {
      const step = 'NtQueryInformationFile(FileProcessIdsUsingFile)';
      assert.ok(notes.length === 1 && notes[0].startsWith(`file-process-ids: ${step}: `));
      return notUnderWine(notes[0]);
    }
    assert.deepEqual(pidsOf(owners), [holder.pid]);
    isHolder(owners[0]);
  });

  test('the Restart Manager tells', async () => {
    if (isWine) env.FAKERM_OWNERS = `${holder.pid}|Somebody|`;
    const { owners, notes } = await only('restart-manager');
    assert.deepEqual(notes, []);
    assert.deepEqual(pidsOf(owners), [holder.pid]);
    isHolder(owners[0]);
    if (isWine) notUnderWine('the Restart Manager: a stand-in answered');
  });

  function isHolder(owner) {
    assert.equal(owner.program, basename(execPath));
    assert.equal(owner.path.toLowerCase(), execPath.toLowerCase());
    assert.match(owner.user, /^[^\\]+\\[^\\]+$/);
  }
});

describe('all routes', () => {
  test('a path with the prefix of long paths means the same file', async () => {
    assert.deepEqual(pidsOf((await ask(toNamespacedPath(held))).owners), [holder.pid]);
  });

  test('several that share it are all found', async () => {
    const file = join(directory, 'shared.txt');
    writeFileSync(file, '');
    const readers = [await hold(file, 'shared'), await hold(file, 'shared')];
    const { owners } = await ask(file);
    assert.deepEqual(pidsOf(owners), readers.map((reader) => reader.pid).sort(ascending));
    await Promise.all(readers.map(release));
  });

  test('we ourselves are found, but not for asking', async () => {
    const file = join(directory, 'ours.txt');
    const fd = openSync(file, 'w');
    assert.deepEqual(pidsOf((await ask(file)).owners), [pid]);
    closeSync(fd);
    assert.deepEqual((await ask(file)).owners, []);
  });

  test('a directory can be asked for', async () => {
    const { owners, notes } = await ask(directory);
    assert.deepEqual(owners, []);
    assert.ok(notes.includes('restart-manager: answers for files only'));
  });

  test('a file that nobody holds has no owners', async () => {
    const file = join(directory, 'free.txt');
    writeFileSync(file, '');
    const { owners, route } = await ask(file);
    assert.deepEqual({ owners, route }, { owners: [], route: 'none' });
  });

  test('a file that is not there has none, and says so', async () => {
    const { owners, route, notes } = await ask(join(directory, 'missing.txt'));
    assert.deepEqual({ owners, route }, { owners: [], route: 'none' });
    assert.match(notes.join('\n'), /^file-process-ids: CreateFileW: .*\(error 2\)$/m);
    assert.match(notes.join('\n'), /^handle-scan: CreateFileW: .*\(error 2\)$/m);
  });

  test('many questions at once are answered, each for itself', async () => {
    const free = join(directory, 'unheld.txt');
    writeFileSync(free, '');
    const reports = await Promise.all(
      Array.from({ length: 40 }, (_, at) => ask(at % 2 ? held : free, 20_000)),
    );
    for (const [at, { owners }] of reports.entries())
      assert.deepEqual(pidsOf(owners), at % 2 ? [holder.pid] : []);
  });
});

describe('the Restart Manager, by a stand-in', { skip: !isWine }, () => {
  test('its answer is taken, and its processes are named', async () => {
    env.FAKERM_OWNERS = `${holder.pid}|Notes of a friend|;99996|Print Spooler|Spooler`;
    const report = await ask(held);
    assert.deepEqual(report.notes, []);
    assert.equal(report.route, 'restart-manager');
    const [first, service] = report.owners;
    assert.equal(first.pid, holder.pid);
    assert.equal(first.program, basename(execPath));
    assert.equal(first.path.toLowerCase(), execPath.toLowerCase());
    assert.deepEqual(service, { pid: 99996, program: 'Print Spooler', service: 'Print Spooler' });
  });

  test('a pid that has since gone to another process is not named after that', async () => {
    env.FAKERM_OWNERS = `${pid}|Gone|`;
    env.FAKERM_STARTED = 'wrong';
    const { owners } = await ask(held);
    assert.deepEqual(owners, [{ pid, program: 'Gone' }]);
  });

  test('it is asked for one file by its plain name, and its session ends', async () => {
    Object.assign(env, { FAKERM_OWNERS: `${pid}|One|`, FAKERM_LOG: log });
    await ask(toNamespacedPath(held));
    assert.deepEqual(takeLog(), [
      'RmStartSession',
      `RmRegisterResources ${held}`,
      'RmGetList 8',
      'RmEndSession',
    ]);
  });

  test('a list that is longer, and grows while it is asked for, is read whole', async () => {
    const many = Array.from({ length: 30 }, (_, at) => 100_000 + 4 * at);
    Object.assign(env, { FAKERM_OWNERS: many.map((id) => `${id}|p|`).join(';'), FAKERM_MORE: '3' });
    assert.deepEqual(pidsOf((await ask(held)).owners), many);
  });

  test('a list that never stops growing is given up', async () => {
    Object.assign(env, { FAKERM_OWNERS: `${pid}|One|`, FAKERM_MORE: '1000' });
    const { route, notes } = await ask(held);
    assert.equal(route, 'handle-scan');
    assert.match(notes[0], /^restart-manager: RmGetList: .*\(error 234\)$/);
  });

  const started = 'RmStartSession';
  const registered = `RmRegisterResources ${held}`;
  for (const { step, code, calls } of [
    { step: 'RmStartSession', code: 353, calls: [started] },
    { step: 'RmRegisterResources', code: 5, calls: [started, registered, 'RmEndSession'] },
    { step: 'RmGetList', code: 121, calls: [started, registered, 'RmGetList 8', 'RmEndSession'] },
  ])
    test(`error ${code} of ${step} is told, and the next route is gone`, async () => {
      Object.assign(env, { FAKERM_FAIL: `${step}:${code}`, FAKERM_LOG: log });
      const { owners, route, notes } = await ask(held);
      assert.equal(route, 'handle-scan');
      assert.deepEqual(pidsOf(owners), [holder.pid]);
      assert.match(notes[0], new RegExp(`^restart-manager: ${step}: .*error ${code}\\)?$`));
      assert.deepEqual(takeLog(), calls);
    });
});

describe('the deadline', { skip: !isWine }, () => {
  test('leaves a route that hangs, and later asks it again', async () => {
    env.FAKERM_DELAY_MS = '2500';
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 20);
    const begun = Date.now();
    const { owners, route, notes } = await ask(held, 900);
    clearInterval(ticking);
    assert.ok(Date.now() - begun < 900, `took ${Date.now() - begun} ms`);
    assert.ok(ticks >= 5, `the main thread ticked ${ticks} times`);
    assert.equal(route, 'handle-scan');
    assert.deepEqual(pidsOf(owners), [holder.pid]);
    assert.match(notes[0], /^restart-manager: no answer within (299|300) ms$/);

    const again = await ask(held, 900);
    assert.equal(again.notes[0], 'restart-manager: still busy with an earlier file');
    assert.deepEqual(pidsOf(again.owners), [holder.pid]);

    await wait(3_000);
    delete env.FAKERM_DELAY_MS;
    env.FAKERM_OWNERS = `${pid}|One|`;
    assert.equal((await ask(held)).route, 'restart-manager');
  });

  test('a question that is open does not keep the process from leaving', async () => {
    const begun = Date.now();
    assert.equal(await leave('exit', { FAKERM_DELAY_MS: '20000' }), 7);
    assert.ok(Date.now() - begun < 10_000, `took ${Date.now() - begun} ms`);
  });

  test('a worker can be stopped while its question is open', async () => {
    assert.equal(await leave('worker', { FAKERM_DELAY_MS: '1500' }), 8);
  });
});

test('what is no path or no deadline is refused', () => {
  const options = { deadlineMs: 1000 };
  assert.throws(() => addon.lockOwners(), { name: 'TypeError', message: 'path must be a string' });
  assert.throws(() => addon.lockOwners('a\0b', options), { name: 'TypeError', message: /zero character/ });
  for (const wrong of [
    undefined,
    {},
    { deadlineMs: 0 },
    { deadlineMs: Number.NaN },
    { deadlineMs: '5' },
    1e9,
  ])
    assert.throws(() => addon.lockOwners(held, wrong), { name: 'TypeError', message: /deadlineMs/ });
});

function ask(file, deadlineMs = 10_000) {
  return addon.lockOwners(file, { deadlineMs });
}

function ascending(a, b) {
  return a - b;
}

function pidsOf(owners) {
  return owners.map((owner) => owner.pid).sort(ascending);
}

/** The calls that the stand-in has noted. */
function takeLog() {
  const calls = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [];
  rmSync(log, { force: true });
  return calls;
}

async function hold(file, ...more) {
  const script = join(import.meta.dirname, 'holder.mjs');
  const child = spawn(execPath, [script, file, ...more], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

async function release(child) {
  const closed = once(child, 'close');
  child.stdin.end();
  await closed;
}

/** @returns the exit code of a process that leaves in this way */
async function leave(way, more) {
  const script = join(import.meta.dirname, 'leaving.mjs');
  const child = spawn(execPath, [script, way, held], { env: { ...env, ...more }, stdio: 'inherit' });
  const [code] = await once(child, 'close');
  return code;
}
