// Ends threads while they ask the addon, many times: node.exe test/windows/native/ended.mjs
import { setTimeout as wait } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** Answers, and refusals: what is made of either for JavaScript fails where the thread is being ended. */
const asking = `
  import(${JSON.stringify(new URL('addon.mjs', import.meta.url).href)}).then(({ addon }) => {
    require('node:worker_threads').parentPort.postMessage('asking');
    for (;;) {
      addon.listDirectory('C:\\\\windows');
      try {
        addon.listDirectory('C:\\\\windows\\\\no such directory');
      } catch {}
    }
  });`;

for (let turn = 0; turn < 60; turn++) {
  const worker = new Worker(asking, { eval: true });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await wait(turn % 5);
  await worker.terminate();
}
