import { isMainThread, Worker } from 'node:worker_threads';
import { loadShadowAddon, type NativeShadow } from '../../../src/native/shadow.ts';

/*
 * Makes a snapshot of a volume, and leaves without closing it: node leave-shadow.ts VOLUME exit|return|worker|worker-making
 */

const [volume, how] = process.argv.slice(2) as [string, string];
const native = loadShadowAddon() as NativeShadow;

if (how.startsWith('worker') && isMainThread) await leaveByWorker();
else await leave();

async function leave() {
  const making = native.createShadow([volume], { timeoutMs: 20_000 });
  if (how === 'worker-making') return;
  const { shadows } = await making;
  console.log(shadows[0]?.device);
  if (how === 'exit') process.exit(7);
  // Held as long as the worker runs, which is ended from outside.
  if (how === 'worker') setInterval(() => {}, 1000);
}

async function leaveByWorker() {
  const worker = new Worker(new URL(import.meta.url), { argv: [volume, how] });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  console.log('ended with', await worker.terminate());
}
