import { compileOrdinary } from './ordinary.ts';
import type { CompiledRules, Rules } from './rules.ts';
import { compileShort } from './short.ts';

/** Makes rules ready to be asked: once for a walk. */
export function compile(rules: Rules): CompiledRules {
  return rules.form === 'ordinary' ? compileOrdinary(rules) : compileShort(rules);
}
