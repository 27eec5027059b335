// Leaves while a question is still open, in one of the ways a program can: node leaving.mjs exit|worker FILE
import { argv, exit } from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

const [, , way, file] = argv;
const ways = { exit: leaveTheProcess, worker: stopTheWorker };
await ways[way]();

async function leaveTheProcess() {
  const { addon } = await import('./addon.mjs');
  void addon.lockOwners(file, { deadlineMs: 30_000 });
  await wait(200);
  exit(7);
}

/** The worker is the only one that has loaded the addon: its code would go with it, but for the threads that still run. */
async function stopTheWorker() {
  const question = `
    import('./addon.mjs').then(({ addon }) => {
      void addon.lockOwners(${JSON.stringify(file)}, { deadlineMs: 900 });
      require('node:worker_threads').parentPort.postMessage('asked');
    });`;
  const worker = new Worker(question.replace('./addon.mjs', new URL('addon.mjs', import.meta.url).href), {
    eval: true,
  });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
  // Longer than the route and the deadline take: whatever they would call is gone by then.
  await wait(3_000);
  exit(8);
}
