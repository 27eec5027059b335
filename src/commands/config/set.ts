import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { BmcloudCommand } from '../../cli/command.ts';
import { type Config, readConfigText, userConfigFile } from '../../cli/config.ts';
import { changeConfig } from '../../cli/config-file.ts';
import { resolveLocation, typedPath } from '../../cli/config-paths.ts';

export default class ConfigSet extends BmcloudCommand {
  static override summary = 'Change the configuration file.';
  static override description =
    `Writes to the file in force: --config, BMCLOUD_CONFIG, ./bmcloud.json if it is there, else the one in the user configuration directory, and makes it if need be.
Comments in it stay. NAME may lead into it: limits.upload, jobs.documents.shadow. A VALUE that is JSON is taken as such, else it is text.
Without VALUE the setting is removed.`;
  static override examples = [
    {
      description: 'Use this repository from now on',
      command: '<%= config.bin %> config set repository s3://bucket/laptop',
    },
    { description: 'A limit', command: '<%= config.bin %> config set limits.upload 10M' },
    {
      description: 'A job',
      command: `<%= config.bin %> config set jobs.documents '{"sources": ["~/Documents"]}'`,
    },
  ];
  static override args = {
    name: textArgument({ ignoreStdin: true, required: true, description: 'What to set.' }),
    value: textArgument({ ignoreStdin: true, description: 'Its value; nothing: remove it.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigSet);
    const { cwd } = this.environment;
    const file = await this.#fileInForce(flags.config);
    const { editText, parseText } = await import('../../cli/config-text.ts');
    const value = args.value === undefined ? undefined : typedValue(lastPart(args.name), args.value, cwd);
    if (lastPart(args.name) === 'repository' && typeof value === 'string') await refuseNoLocation(value);
    await changeConfig(file, (text) => editText(text, placeIn(parseText(text), args.name), value));
    await this.results.object({ file, name: args.name, value }, () =>
      value === undefined
        ? `${file} no longer has ${args.name}\n`
        : `${file} now says ${args.name} ${JSON.stringify(value)}\n`,
    );
  }

  async #fileInForce(flag: string | undefined): Promise<string> {
    const { cwd, env } = this.environment;
    const named = flag ?? (env.BMCLOUD_CONFIG || undefined);
    if (named !== undefined) return path.resolve(cwd, named);
    const here = path.join(cwd, 'bmcloud.json');
    return (await readConfigText(here)) === undefined ? userConfigFile(this.directories.config) : here;
  }

  /** The file that is to be written need not exist. */
  protected override readConfig(): Promise<Config> {
    return Promise.resolve({ values: {} });
  }
}

/** The names that lead to a setting. A job, or a profile, that is there may have dots in its name. */
function placeIn(text: object, dotted: string): string[] {
  const names = dotted.split('.');
  const [section = '', ...rest] = names;
  const sections = ('value' in text ? text.value : {}) as Record<string, object | undefined>;
  if (!['jobs', 'profiles'].includes(section)) return names;
  for (let end = rest.length; end > 1; end--) {
    const name = rest.slice(0, end).join('.');
    if (name in (sections[section] ?? {})) return [section, name, ...rest.slice(end)];
  }
  return names;
}

/** It may hold a password, which must not stand in a file. @throws `usage` */
async function refuseNoLocation(location: string): Promise<void> {
  const { canonicalLocation } = await import('../../index.ts');
  canonicalLocation(location);
}

function lastPart(dotted: string): string {
  return dotted.split('.').at(-1) ?? '';
}

function typedValue(name: string, text: string, cwd: string): unknown {
  try {
    return fromHere(name, JSON.parse(text), cwd);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fromHere(name, text, cwd);
  }
}

const paths = ['passphraseFile', 'keyFile', 'sources', 'src', 'excludeFiles'];

/** What was typed is relative to where it was typed; in the file it would be relative to that. `~` stays. */
function fromHere(name: string, value: unknown, cwd: string): unknown {
  if (Array.isArray(value)) return value.map((one) => fromHere(name, one, cwd));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([inner, one]) => [inner, fromHere(inner, one, cwd)]),
    );
  if (typeof value !== 'string') return value;
  if (name === 'repository') return resolveLocation(value, cwd);
  return paths.includes(name) ? typedPath(value, cwd) : value;
}
