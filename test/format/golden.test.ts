import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Repository } from '../../src/repository/repository.ts';
import { parseGeneratedKey } from '../../src/seal/secret.ts';
import { lacks } from '../fixtures/platform.ts';
import { listingOf } from './disk.ts';
import { type Expected, GOLDEN } from './golden.ts';
import { openAt, restoreTo } from './program.ts';
import { listManifests, openRepository, restore } from './reader.mjs';

/*
 * Repositories as an earlier program wrote them give back what stood there then: to the independent reader and to this program.
 */

const names = readdirSync(GOLDEN, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe.skipIf(lacks('byteNames')).each(names.map(({ name }) => name))(
  'the golden repository %s',
  (name) => {
    const { secret, snapshots } = JSON.parse(
      readFileSync(join(GOLDEN, name, 'expected.json'), 'utf8'),
    ) as Expected;
    let place: string;
    let location: string;
    let program: Repository;

    beforeAll(async () => {
      place = mkdtempSync(join(tmpdir(), 'bmcloud-golden-'));
      location = join(place, 'repository');
      cpSync(join(GOLDEN, name, 'repository'), location, { recursive: true });
      const key = parseGeneratedKey(secret);
      program = await openAt({
        location,
        secret: key ? { kind: 'generated', key } : { kind: 'passphrase', passphrase: secret },
        machine: join(place, 'machine'),
      });
    });

    afterAll(async () => {
      await program?.close();
      rmSync(place, { recursive: true });
    });

    test('has the snapshots that it should have, and no fault', () => {
      const reader = openRepository(location, secret);
      const found = listManifests(reader).filter(({ kind }) => kind === 'snapshot');
      expect(found.map(({ snapshot }) => snapshot.toString('hex', 0, 4)).sort()).toEqual(
        snapshots.map(({ snapshot }) => snapshot).sort(),
      );
      expect(reader.problems).toEqual([]);
    });

    test.each(snapshots)('comes back by the independent reader: $job $number', ({ job, number, listing }) => {
      const target = join(place, `read ${job} ${number}`);
      restore(openRepository(location, secret), job, number, target);
      expect(listingOf(join(target, 'source'))).toEqual(listing);
    });

    test.each(snapshots)('comes back by the program: $job $number', async ({ snapshot, listing }) => {
      const target = join(place, `restored ${snapshot}`);
      await restoreTo(program, snapshot, target);
      expect(listingOf(target)).toEqual(listing);
    });
  },
);
