import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { push } from '../../src/push.ts';
import { makeRepository } from '../fixtures/repository.ts';
import { pushOptions } from '../format/program.ts';

test('a program that pushes for days keeps few files of the index open', async () => {
  const made = await makeRepository();
  const { repository, source, directories } = made;
  const options = pushOptions({ sources: [source], workers: 0 });
  try {
    const most: number[] = [];
    for (let i = 0; i < 40; i++) {
      writeFileSync(join(source, 'file'), `text ${i}`);
      expect((await push(repository, options)).statistics.changed + Number(i === 0)).toBeGreaterThan(0);
      most.push((await repository.known()).fileCount);
    }
    expect(Math.max(...most)).toBeLessThan(30);
    const tables = readdirSync(directories.cache, { recursive: true }).filter((name) =>
      String(name).endsWith('.table'),
    );
    expect(tables.length).toBeLessThan(30);
    // What the merged files hold is still known: nothing is stored twice.
    writeFileSync(join(source, 'again'), 'text 3');
    const { bytesStored } = (await push(repository, options)).statistics;
    writeFileSync(join(source, 'new'), 'never seen');
    expect(bytesStored).toBeLessThan((await push(repository, options)).statistics.bytesStored);
  } finally {
    await made.cleanup();
  }
}, 180_000);
