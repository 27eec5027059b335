import { stat } from 'node:fs/promises';
import path from 'node:path';
import { string as textArgument } from '@oclif/core/args';
import { BmcloudCommand } from '../../cli/command.ts';
import { type Config, loadConfig, readConfigText, readText, sourcesOf } from '../../cli/config.ts';
import type { ConfigValues } from '../../cli/config-schema.ts';
import { plural } from '../../cli/format.ts';
import { isAbsence } from '../../errors.ts';

export default class ConfigValidate extends BmcloudCommand {
  static override summary = 'Check a configuration file.';
  static override description =
    `Names the first thing that is wrong by line and column, and the nearest setting: also a pattern, a schedule or a location that a push would
not understand. What is said to be on the disk and is not is a warning. Without FILE it is the one in force.`;
  static override examples = [
    { description: 'The one in force', command: '<%= config.bin %> config validate' },
    { description: 'Another one', command: '<%= config.bin %> config validate /etc/bmcloud.json' },
  ];
  static override args = { file: textArgument({ ignoreStdin: true, description: 'The file.' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ConfigValidate);
    const { env, cwd } = this.environment;
    const named = args.file === undefined ? flags.config : path.resolve(cwd, args.file);
    const { file, values } = await loadConfig({
      flag: named,
      variable: env.BMCLOUD_CONFIG,
      cwd,
      directory: this.directories.config,
    });
    const missing = file === undefined ? [] : await this.#compile(file);
    for (const one of missing) this.sayWarning(`${one} is not there`);
    const jobs = Object.keys(values.jobs ?? {});
    await this.results.object({ file, valid: true, jobs, missing }, () =>
      file === undefined
        ? 'There is no configuration file\n'
        : `${file} is fine: ${plural(jobs.length, 'job')}\n`,
    );
  }

  /** @returns what is to be on the disk and is not @throws `config` for what a push would refuse */
  async #compile(file: string): Promise<string[]> {
    const { compileProblem } = await import('../../cli/config-compile.ts');
    const { values, problemAt } = await readText((await readConfigText(file)) ?? '{}', file);
    const problem = await compileProblem(values);
    if (problem) throw problemAt(problem);
    return await missingFiles(values);
  }

  /** A broken file is what is looked for. */
  protected override readConfig(): Promise<Config> {
    return Promise.resolve({ values: {} });
  }
}

/** What is said to be on the disk, and is not there now: it may be on a disk that is not in. */
async function missingFiles({ jobs = {}, profiles = {}, ...top }: ConfigValues): Promise<string[]> {
  const layers = [top, ...Object.values(profiles), ...Object.values(jobs)];
  const secrets = layers.flatMap(({ passphraseFile, keyFile }) => [passphraseFile, keyFile]);
  const sources = Object.values(jobs).flatMap(sourcesOf);
  const { globMatches } = await import('../../index.ts');
  const missing = async (one: string) => {
    const found = await globMatches(one, '/');
    return found === undefined ? !(await isThere(one)) : found.length === 0;
  };
  const named = [...new Set([...secrets.filter((one) => one !== undefined), ...sources])];
  const answers = await Promise.all(named.map(missing));
  return named.filter((_, i) => answers[i]);
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    (error) => !isAbsence(error),
  );
}
