import { type LoadedAddon, loadAddon } from './addon.ts';

/** The addon is not there, on a system where that costs something. */
export interface AbsentAddon {
  /** Why, as the end of a sentence. */
  reason: string;
  message: string;
  hint: string;
}

/** @returns undefined where it is loaded, or nothing is missed without it */
export function absentAddon(loaded: LoadedAddon = loadAddon()): AbsentAddon | undefined {
  if (!loaded.isMissed) return undefined;
  const { reason } = loaded;
  return { reason, message: `bmcloud runs without its Windows part: ${reason}. ${costs}`, hint };
}

/** Nothing but the addon tells a file of a cloud folder from one that is here, and refusing all files would be no backup. */
const costs =
  'Access lists, attributes and streams are not saved, there are no snapshots of volumes, and files that are in the cloud only are fetched when they are read';

const hint =
  'Install bmcloud anew for 64-bit Windows, or "npm run build:native" in a clone; until then leave cloud folders out';
