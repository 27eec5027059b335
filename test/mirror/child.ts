// A mirror in a process of its own, which kills itself at a step on the disk: run by kill.test.ts.

import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** The nth call that changes the disk, before or after its effect; without one: prints how many there are. */
export interface Kill {
  nth: number;
  when: 'before' | 'after';
}

const { source, to, kill } = JSON.parse(process.argv[2] as string) as {
  source: string;
  to: string;
  kill?: Kill;
};

let count = 0;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way
}

function isNext(when: Kill['when'], nth: number): boolean {
  return kill?.when === when && kill.nth === nth;
}

type Call = (...args: never[]) => unknown;

function deadly(call: Call): Call {
  return (...args) => {
    // A call may make others on its way.
    const nth = ++count;
    if (isNext('before', nth)) die();
    try {
      return call(...args);
    } finally {
      if (isNext('after', nth)) die();
    }
  };
}

const calls = [
  'renameSync',
  'linkSync',
  'unlinkSync',
  'mkdirSync',
  'rmdirSync',
  'rmSync',
  'symlinkSync',
  'chmodSync',
];
const disk = fs as unknown as Record<string, Call>;
for (const name of [...calls, 'openSync', 'writeSync', 'copyFileSync', 'fsyncSync'])
  disk[name] = deadly(disk[name] as Call);
syncBuiltinESMExports();

const { mirror } = await import('../../src/mirror.ts');
const { plainMirror } = await import('./plain.ts');
await mirror({ ...plainMirror(source, to, { isTracked: (path) => !path.includes(0x7e) }) });
console.log(count);
