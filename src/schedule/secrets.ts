import { BmcloudError } from '../errors.ts';

/*
 * What is scheduled stands in a file for a long time, and in lists of processes while it runs. So no secret may be part of it.
 */

const signs: [what: string, sign: RegExp][] = [
  ['an address with a user and password', /^[^\s]*:\/\/[^/@\s]+@/],
  ['a recovery key', /\bBMC1-/i],
  ['an access key of AWS', /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a signed address', /[?&]X-Amz-(Signature|Credential|Security-Token)=/i],
];

/** Only in shell commands and options: a path may be called anything. */
const assignment =
  /(^|[\s'"-])[\w-]*(password|passwd|passphrase|secret|token|access[-_]?key)[\w-]*=(?!\s|$)/i;
const harmless = /^--(passphrase|key|new-\w+)-(file|command)(=|$)/;

/** @throws `usage`, naming what was found and never repeating it */
export function refuseSecrets(words: readonly string[]): void {
  for (const word of words) {
    const what = secretIn(word);
    if (what === undefined) continue;
    throw new BmcloudError(
      'usage',
      `A schedule must not hold secrets, and there is ${what} in its arguments`,
      {
        hint: 'Put it into a file: --passphrase-file, --key-file, a profile of AWS (?profile=NAME), ~/.pgpass and the like',
      },
    );
  }
}

/** What kind of secret a word seems to hold. */
export function secretIn(word: string): string | undefined {
  const found = signs.find(([, sign]) => sign.test(word));
  if (found) return found[0];
  const isCommand = word.startsWith('-') || /\s/.test(word);
  return isCommand && !harmless.test(word) && assignment.test(word) ? 'a password or key' : undefined;
}
