import { parentPort, workerData } from 'node:worker_threads';
import { processes } from 'systeminformation';
import type { ProcessFacts } from './names.ts';

const wanted = new Set(workerData as number[]);
const { list } = await processes();
const facts = list
  .filter(({ pid }) => wanted.has(pid))
  .map(({ pid, name, user, path, command, params }): ProcessFacts => {
    const program = path === '' || command.startsWith(path) ? command : `${path}/${command}`;
    return { pid, program: name, user, commandLine: `${program} ${params}`.trim() };
  });
parentPort?.postMessage(facts);
