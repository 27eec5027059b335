import { isBmcloudError } from '../errors.ts';
import { fromHex, ID_BYTES } from '../model/ids.ts';
import { packName } from '../pack/packer.ts';
import type { PackKind, PackRow, Table } from '../pack/table.ts';
import { readDirectory } from '../repository/index-objects.ts';
import type { JobLine } from '../repository/job-line.ts';
import type { KnownChunks } from '../repository/known-chunks.ts';
import type { LocalJob } from '../repository/local-job.ts';
import type { Repository } from '../repository/repository.ts';

/*
 * Taking up what a killed push left: packs that are stored, whole, and that no index names (docs/format.md, section 10).
 */

const AT_ONCE = 8;

/** Takes up packs by the journal; where all that is local was lost, by listing the store. @returns how many */
export async function adoptPacks(repository: Repository, { local, kept }: JobLine): Promise<number> {
  if (await local.hasHints()) return await adoptJournalled(repository, local);
  if ((await kept.head()) || (await repository.indexCache.exists())) return 0;
  return await adoptListed(repository);
}

async function adoptJournalled(repository: Repository, local: LocalJob): Promise<number> {
  const known = await repository.known();
  const journalled: (PackRow & { table: Table })[] = [];
  for await (const table of local.storedPacks())
    for (const pack of table.packs.slice(0, 1)) journalled.push({ ...pack, table });
  let adopted = 0;
  for (const pack of known.unknownPacks(journalled)) {
    if (known.isCondemned(pack)) continue;
    // The journal was written here, but the store is what counts.
    const stored = await repository.store.stat(packName(pack.kind, pack.id));
    if (stored?.size !== pack.size) continue;
    known.addStored(pack.table);
    adopted++;
  }
  return adopted;
}

async function adoptListed(repository: Repository): Promise<number> {
  const known = await repository.known();
  const listed: Orphan[] = [];
  for await (const { key, size } of repository.store.list('packs/')) {
    const orphan = orphanOf(key, size);
    if (orphan) listed.push(orphan);
  }
  const orphans = known.unknownPacks(listed);
  let adopted = 0;
  for (let at = 0; at < orphans.length; at += AT_ONCE) {
    const some = orphans.slice(at, at + AT_ONCE);
    const taken = await Promise.all(some.map((orphan) => adoptOne(repository, known, orphan)));
    adopted += taken.filter(Boolean).length;
  }
  return adopted;
}

interface Orphan {
  kind: PackKind;
  id: Uint8Array;
  size: number;
}

function orphanOf(key: string, size: number): Orphan | undefined {
  const match = /^packs\/(data|meta)\/[0-9a-f]{2}\/([0-9a-f]{32})$/.exec(key);
  if (!match) return undefined;
  return { kind: match[1] as PackKind, id: fromHex(match[2] as string, ID_BYTES, key), size };
}

/** One that does not open is left where it is: it may be another domain's, or damaged. */
async function adoptOne(repository: Repository, known: KnownChunks, orphan: Orphan): Promise<boolean> {
  try {
    const table = await readDirectory(repository.store, repository.keys, orphan);
    const [pack] = table?.packs ?? [];
    if (!table || !pack || known.isCondemned(pack)) return false;
    known.addStored(table);
    return true;
  } catch (error) {
    if (!isBmcloudError(error, 'damaged', 'not-allowed', 'not-found')) throw error;
    return false;
  }
}
