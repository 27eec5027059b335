import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BmcloudError, messageOf, systemCodeOf } from '../errors.ts';
import { whenFree } from '../flow/held-files.ts';
import type { ConfigValues } from './config-schema.ts';

/** A configuration and the file it came from. */
export interface Config {
  /** Absent: there is none. */
  file?: string;
  values: ConfigValues;
}

export interface ConfigPlaces {
  /** `--config`. */
  flag: string | undefined;
  /** `BMCLOUD_CONFIG`. */
  variable: string | undefined;
  cwd: string;
  /** The user's configuration directory. */
  directory: string;
}

/**
 * The first configuration there is: `--config`, `BMCLOUD_CONFIG`, `./bmcloud.json`, the user's. A file that was named must exist.
 * @throws `config`
 */
export async function loadConfig(places: ConfigPlaces): Promise<Config> {
  const named = places.flag ?? (places.variable || undefined);
  if (named !== undefined) return loadFile(path.resolve(places.cwd, named), true);
  const here = await loadFile(path.join(places.cwd, 'bmcloud.json'), false);
  return here.file === undefined ? loadFile(userConfigFile(places.directory), false) : here;
}

/** The user's own bmcloud.json. */
export function userConfigFile(directory: string): string {
  return path.join(directory, 'bmcloud.json');
}

async function loadFile(file: string, mustExist: boolean): Promise<Config> {
  const text = await readText(file);
  if (text !== undefined) return { file, values: await parseConfig(text, file) };
  if (!mustExist) return { values: {} };
  throw new BmcloudError('config', `There is no configuration file ${file}`, {
    hint: 'Check --config and BMCLOUD_CONFIG',
  });
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw new BmcloudError('config', `Cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * The values in the text of a bmcloud.json.
 * @throws `config`, naming the file and the place
 */
export async function parseConfig(text: string, file: string): Promise<ConfigValues> {
  const value = parseJson(text, file);
  // zod takes a while to load: only who has a configuration file waits for it.
  const { checkConfig, configNames } = await import('./config-schema.ts');
  const checked = checkConfig(value);
  if ('values' in checked) return absolute(checked.values, path.dirname(file));
  throw new BmcloudError('config', `${file}: ${checked.place}: ${checked.problem}`, {
    hint: `It may have: ${configNames.join(', ')}`,
  });
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new BmcloudError('config', `${file} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}

/** Paths in the file are relative to its directory. */
function absolute(values: ConfigValues, directory: string): ConfigValues {
  const resolved = { ...values };
  if (values.passphraseFile) resolved.passphraseFile = path.resolve(directory, values.passphraseFile);
  if (values.keyFile) resolved.keyFile = path.resolve(directory, values.keyFile);
  if (values.repository) resolved.repository = resolveLocation(values.repository, directory);
  return resolved;
}

/** A repository's location: addresses stay, paths become absolute. */
export function resolveLocation(location: string, directory: string): string {
  return /^[a-z][a-z0-9+]+:\/\//i.test(location) ? location : path.resolve(directory, location);
}

/** Sets `repository` in a configuration file, which is made if it does not exist; everything else in it stays. */
export async function setRepository(file: string, location: string): Promise<void> {
  const text = await readText(file);
  if (text !== undefined) await parseConfig(text, file);
  const values = { ...(text === undefined ? {} : (parseJson(text, file) as object)), repository: location };
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.new`;
  await writeFile(temporary, `${JSON.stringify(values, undefined, 2)}\n`, { mode: 0o600 });
  await whenFree(() => rename(temporary, file));
}
