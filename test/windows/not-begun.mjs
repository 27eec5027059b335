import { stripVTControlCharacters } from 'node:util';

/**
 * Once in some thousand times Wine begins no process, and says "spawn UNKNOWN". @param output of vitest @returns the files that failed
 * in a run in which that happened: a test that is wrong fails once more
 */
export function notBegun(output) {
  const text = stripVTControlCharacters(output);
  if (!text.includes('spawn UNKNOWN')) return [];
  const failed = text.matchAll(
    / FAIL +(test\/\S+\.test\.ts)|worker for test files \S*?(test\/\S+\.test\.ts)/g,
  );
  return [...new Set([...failed].map(([, inTest, notStarted]) => inTest ?? notStarted))];
}
