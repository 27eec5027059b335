import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ThreadPool } from '../../src/flow/thread-pool.ts';

const room = new URL('../../src/', import.meta.url).href;
let directory: string;
let pool: ThreadPool<unknown, unknown>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bmcloud-threads-'));
  const file = join(directory, 'thread.ts');
  writeFileSync(
    file,
    `import { parentPort, workerData } from 'node:worker_threads';
import { BmcloudError } from '${room}errors.ts';
import { answerTasks } from '${room}flow/thread-pool.ts';
answerTasks(parentPort, (task) => {
  if (task === 'fail') throw new BmcloudError('disk-full', 'no room', { hint: 'make some' });
  if (task === 'bug') throw new TypeError('a bug');
  if (task === 'die') process.exit(1);
  return [workerData, task.length ?? task];
});`,
  );
  pool = new ThreadPool(pathToFileURL(file), 2, 'settings');
});
afterEach(async () => {
  await pool.close();
  rmSync(directory, { recursive: true });
});

test('tasks are answered, many at once', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => pool.run(i)));
  expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => ['settings', i]));
});

test('memory that is moved is gone here', async () => {
  const bytes = new Uint8Array(1000);
  expect(await pool.run(bytes, [bytes.buffer])).toEqual(['settings', 1000]);
  expect(bytes.length).toBe(0);
});

test('errors come back with their code and hint; the pool goes on', async () => {
  await expect(pool.run('fail')).rejects.toMatchObject({
    code: 'disk-full',
    message: 'no room',
    hint: 'make some',
  });
  await expect(pool.run('bug')).rejects.toMatchObject({ code: 'internal', message: 'a bug' });
  expect(await pool.run(1)).toEqual(['settings', 1]);
});

test('a thread that dies fails what it was at, and a pool that is closed everything', async () => {
  await expect(pool.run('die')).rejects.toMatchObject({ code: 'internal' });
  const late = expect(Promise.all([pool.run(1), pool.run(2)])).rejects.toThrow();
  await pool.close();
  await late;
});
