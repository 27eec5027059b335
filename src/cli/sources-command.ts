import path from 'node:path';
import { type Config, loadConfig, sourcesOf, userConfigFile } from './config.ts';
import { changeConfig } from './config-file.ts';
import type { ConfigValues } from './config-schema.ts';
import { usage } from './failure.ts';
import { jobToEdit } from './job-sources.ts';
import { RepositoryCommand } from './repository-command.ts';
import type { ListPlaces } from './source-list.ts';

/** A command that edits the configured jobs. */
export abstract class SourcesCommand extends RepositoryCommand {
  /** Where edits go: the configuration in force, else the user's, which is made. */
  protected get file(): string {
    const { config, flags } = this.settings;
    if (config.file !== undefined) return config.file;
    const { cwd, env } = this.environment;
    const named = flags.config ?? (env.BMCLOUD_CONFIG || undefined);
    return named === undefined ? userConfigFile(this.directories.config) : path.resolve(cwd, named);
  }

  /** Where what was typed and what is in the file start from. */
  protected async listPlaces(): Promise<ListPlaces> {
    const { globMatches } = await import('../index.ts');
    const { cwd, platform } = this.environment;
    const directory = path.dirname(this.file);
    return { cwd, directory, windows: platform === 'win32', find: globMatches };
  }

  /** Edits the file at several places, in one step. @param change gets the values as they stand in the file at that moment */
  protected async changeText(
    change: (edit: (place: string[], value: unknown) => void, values: ConfigValues) => void,
  ): Promise<void> {
    const { editText, parseText } = await import('./config-text.ts');
    await changeConfig(this.file, (text) => {
      const parsed = parseText(text);
      let edited = text;
      change(
        (place, value) => {
          edited = editText(edited, place, value);
        },
        ('value' in parsed ? parsed.value : {}) as ConfigValues,
      );
      return edited;
    });
  }

  /** Changes the list of a job as it stands in the file at that moment. @returns the job and its new list */
  protected async changeSources(
    fallback: string | undefined,
    change: (sources: string[]) => string[] | Promise<string[]>,
  ): Promise<{ job: string; sources: string[] }> {
    const { editText, parseText } = await import('./config-text.ts');
    let done = { job: '', sources: [] as string[] };
    await changeConfig(this.file, async (text) => {
      const parsed = parseText(text);
      const values = ('value' in parsed ? parsed.value : {}) as ConfigValues;
      const job = jobToEdit(values, this.settings.flags.job, fallback);
      if (values.jobs?.[job]?.src !== undefined)
        throw usage(
          `The job "${job}" is in the short form: it has one "src", and lists of what is in`,
          `Say another one by --job, or edit ${this.file}`,
        );
      const sources = await change(sourcesOf(values.jobs?.[job] ?? {}));
      done = { job, sources };
      return editText(text, ['jobs', job, 'sources'], sources);
    });
    return done;
  }

  /** A file that was named and does not exist is made. */
  protected override async readConfig(flags: { config?: string | undefined }): Promise<Config> {
    const { env, cwd } = this.environment;
    const { config: directory } = this.directories;
    const places = { flag: flags.config, variable: env.BMCLOUD_CONFIG, cwd, directory };
    const { readConfigText } = await import('./config.ts');
    const named = flags.config ?? (env.BMCLOUD_CONFIG || undefined);
    const isMissing = named !== undefined && (await readConfigText(path.resolve(cwd, named))) === undefined;
    return isMissing ? { values: {} } : await loadConfig(places);
  }
}
