import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { messageOf } from '../errors.ts';

/** The part of bmcloud that asks the system by itself, or why there is none. */
export type LoadedAddon =
  | { addon: object; reason?: undefined; isMissed?: undefined }
  /** `isMissed`: on this system there is something that bmcloud cannot do without it. */
  | { addon?: undefined; reason: string; isMissed: boolean };

let loaded: LoadedAddon | undefined;

/** Loads the addon of this system, once; what fails is a reason, for bmcloud does without where it can. */
export function loadAddon(): LoadedAddon {
  loaded ??= load(platform(), arch());
  return loaded;
}

/** Systems that there is an addon for, by the names of their folders in `prebuilds/`. */
const systems = ['win32-x64'];

function load(...system: [platform: string, arch: string]): LoadedAddon {
  const name = system.join('-');
  if (system[0] !== 'win32') return { reason: 'not on this system', isMissed: false };
  if (!systems.includes(name)) return { reason: `there is none for ${name}`, isMissed: true };
  try {
    return { addon: requireAddon(name) };
  } catch (error) {
    return { reason: `it cannot be loaded: ${messageOf(error).split('\n')[0]}`, isMissed: true };
  }
}

/** @param system such as `win32-x64` @throws what Node says of an addon that it cannot load */
export function requireAddon(system: string): object {
  // The same from src/ and from dist/.
  const require = createRequire(import.meta.url);
  return require(`../../prebuilds/${system}/bmcloud.node`);
}
