import process from 'node:process';
import { BmcloudError } from '../errors.ts';

/** Whether a user may say what is carried out as us. */
export type MayDecide = (uid: number) => boolean;

/** We ourselves, root, and whoever became root by sudo. On Windows there are no such numbers, and everybody may. */
export function decidingUsers(
  uid: number | undefined = process.getuid?.(),
  sudoUid: string | undefined = process.env.SUDO_UID,
): MayDecide {
  if (uid === undefined) return () => true;
  return (owner) => owner === uid || owner === 0 || (uid === 0 && String(owner) === sudoUid);
}

/**
 * A configuration has commands in it: one that merely lies in the working directory must not be somebody else's, as one in /tmp may be.
 * @throws `config`
 */
export function refuseForeignConfig(file: string, owner: number, mayDecide: MayDecide): void {
  if (mayDecide(owner)) return;
  throw new BmcloudError('config', `${file} belongs to another user, who could have us carry out commands`, {
    hint: `If it is meant, name it: --config ${file}, or BMCLOUD_CONFIG`,
  });
}
