import { ruleLines } from '../index.ts';
import { parseKopia } from './foreign-kopia.ts';
import type { ForeignPlaces, ForeignRules } from './foreign-lines.ts';
import { parseRestic } from './foreign-restic.ts';
import { parseRsync } from './foreign-rsync.ts';

/*
 * Lists of exclusions of other programs, in the language of .gitignore, which is ours. What has no equal there is told, not guessed.
 */

export type ForeignForm = 'restic' | 'kopia' | 'rsync-filter';

/** @throws whatever JSON throws, for a policy of kopia that is none */
export function parseForeign(form: ForeignForm, text: string, places: ForeignPlaces): ForeignRules {
  const { settings, lost } = parserOf[form](text, places);
  const exclude = lastOfEach(settings.exclude.filter((pattern) => canMatch(pattern, places)));
  const broken = settings.exclude.filter((pattern) => !canMatch(pattern, places));
  return {
    settings: { ...settings, exclude },
    lost: [...lost, ...broken.map((pattern) => `${pattern}: it can match nothing`)],
  };
}

const parserOf = { restic: parseRestic, kopia: parseKopia, 'rsync-filter': parseRsync };

/** Each pattern once. The last one that matches decides, so it is the earlier ones that say nothing. */
export function lastOfEach(patterns: string[]): string[] {
  return patterns.filter((pattern, i) => patterns.lastIndexOf(pattern) === i);
}

/** With a pattern that can match nothing, no push would start. */
function canMatch(pattern: string, { windows }: ForeignPlaces): boolean {
  try {
    return ruleLines([pattern], { origin: 'import', windows }).length > 0;
  } catch {
    return false;
  }
}
