import { join } from 'node:path';
import type { Directories } from '../../src/repository/repository.ts';
import type { Secret } from '../../src/seal/secret.ts';

export { pushFrom } from '../format/program.ts';

export const SECRET: Secret = { kind: 'generated', key: new Uint8Array(32).fill(7) };

export function directoriesIn(machine: string): Directories {
  return { cache: join(machine, 'cache'), state: join(machine, 'state'), config: join(machine, 'config') };
}
