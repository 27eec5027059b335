import { BmcloudError, type ErrorFacts } from '../errors.ts';

/** A volume cannot be frozen, or what was made cannot be removed: why, in one sentence. */
export function refusal(reason: string, facts: ErrorFacts = {}): BmcloudError {
  return new BmcloudError('source-unreadable', reason, facts);
}
