import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { env } from 'node:process';

/** The addon under test: the one of the package, or the file that BMCLOUD_ADDON names. */
export const addonFile = resolve(
  env.BMCLOUD_ADDON ?? `${import.meta.dirname}/../../../prebuilds/win32-x64/bmcloud.node`,
);

export const addon = createRequire(import.meta.url)(addonFile);

/** On a real Windows there are no stand-ins, and everything is kept. */
export const isWine = existsSync('C:\\windows\\system32\\winecfg.exe');

/** Says what Wine does not do, so that a log shows what a test could not prove. */
export function notUnderWine(what) {
  if (!isWine) throw new Error(`Windows should do this: ${what}`);
  console.log(`not under Wine: ${what}`);
}
