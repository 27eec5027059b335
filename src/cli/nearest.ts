/** The candidate a misspelled word most likely meant, if one is near enough. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const most = Math.max(1, Math.floor(word.length / 3));
  const near = Array.from(candidates, (candidate) => {
    const edits = editDistance(word, candidate);
    return { candidate, edits, distance: startsAlike(word, candidate) ? 1 : edits };
  }).filter(({ distance }) => distance <= most);
  // Of those that begin alike the one with the least to add.
  return near.sort((a, b) => a.distance - b.distance || a.edits - b.edits)[0]?.candidate;
}

function startsAlike(word: string, candidate: string): boolean {
  return word.length >= 3 && candidate.startsWith(word);
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row[j] = Math.min(last[j]! + 1, row[j - 1]! + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
