import { resolve, sep } from 'node:path';
import { displayPath } from './model/path.ts';
import { textOf } from './rules/text.ts';
import { type Explanation, explain } from './scan/explain.ts';
import { identitiesOf } from './scan/look.ts';
import { manifestPath } from './scan/native-path.ts';
import type { StatusOptions } from './status.ts';
import { jobSources } from './upload/sources.ts';
import { defaultExcludesOf } from './upload/system.ts';

/** Why a path is in a push or is not. */
export interface PathExplanation extends Explanation {
  /** Absolute. */
  path: string;
  /** The source it lies in; absent: it lies in none. */
  source?: string;
}

/**
 * Says for each path whether a push with these options would take it, and which rule decides. The paths need not be there: with a
 * separator at its end one is taken for a directory.
 * @throws `usage`, `source-unreadable`
 */
export async function explainRules(paths: string[], options: StatusOptions): Promise<PathExplanation[]> {
  const { sources } = await jobSources({ ...options, allowEmpty: true });
  // What is mounted in one source may be another.
  const innermost = sources.toSorted((a, b) => b.path.length - a.path.length);
  const { oneFileSystem, excludeCaches, rules } = options;
  const excludedIdentities = await identitiesOf(options.ownDirectories);
  const asked = {
    oneFileSystem,
    excludeCaches,
    ...(rules && { rules }),
    excludedIdentities,
    defaultExcludes: defaultExcludesOf(options),
  };
  return paths.map((text) => {
    const path = resolve(options.cwd, text);
    for (const source of innermost) {
      const inside = manifestPath(source.name, source.path, path);
      if (!inside) continue;
      const [, ...components] = textOf(inside).split('/');
      const isDirectory = text.endsWith('/') || text.endsWith(sep);
      return { path, source: displayPath(source.path), ...explain(source, components, isDirectory, asked) };
    }
    const named = sources.map((source) => displayPath(source.path)).join(', ');
    return { path, included: false, tracked: false, why: `It lies in none of the sources (${named})` };
  });
}
