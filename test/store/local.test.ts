import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { localStore } from '../../src/store/local.ts';
import { storeContract } from '../contract/store.ts';

let root: string;
let made = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'bmcloud-local-'));
});
afterAll(() => rm(root, { recursive: true }));

storeContract('the directory store', () => localStore(join(root, `repository-${made++}`)));
