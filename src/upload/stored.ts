import { isBmcloudError } from '../errors.ts';
import { decodeContent, listsOf } from '../model/entry.ts';
import type { KnownChunks } from '../repository/known-chunks.ts';
import type { Repository } from '../repository/repository.ts';
import { listItems } from '../repository/run-lists.ts';

/*
 * Whether what an entry names is still there: asked when somebody else was at the repository, who may have pruned it.
 */

/** By the content alone; what is behind a deep list cannot be told at once. */
export function areStored(content: Uint8Array, known: KnownChunks): boolean | 'unverified' {
  const lists = listsOf(decodeContent(content));
  if (!lists.every(({ items }) => items.every(({ id }) => !id || known.has(id)))) return false;
  return lists.every(({ depth }) => depth === 0) || 'unverified';
}

/** However deep the lists. A key that cannot read lists, and a list that is damaged, count as no. */
export async function isStored(repository: Repository, content: Uint8Array): Promise<boolean> {
  const lists = listsOf(decodeContent(content));
  if (lists.length === 0) return true;
  const known = await repository.known();
  try {
    for (const list of lists) {
      const items = await listItems(list, repository.readChunk);
      if (!items.every(({ id }) => !id || known.has(id))) return false;
    }
    return true;
  } catch (error) {
    if (!isBmcloudError(error, 'damaged', 'not-allowed', 'not-found')) throw error;
    return false;
  }
}
