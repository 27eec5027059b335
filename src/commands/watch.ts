import process from 'node:process';
import { string as textArgument } from '@oclif/core/args';
import type { InferredFlags } from '@oclif/core/interfaces';
import type { ConfigValues } from '../cli/config-schema.ts';
import { exitCodes } from '../cli/exit-codes.ts';
import { usage } from '../cli/failure.ts';
import { toJson } from '../cli/json.ts';
import { PushCommand, type Wanted } from '../cli/push-command.ts';
import { apartFrom, readingFlags, snapshotFlags, sourceFlags } from '../cli/push-flags.ts';
import { exitOfJobs, outcomeJson } from '../cli/push-jobs.ts';
import { watchesReport, watchJson, watchLine } from '../cli/report-watch.ts';
import { serviceNotifier } from '../cli/systemd-notify.ts';
import { paceOf, watchFlags } from '../cli/watch-flags.ts';
import { type MetricsAddress, parseMetricsAddress, serveMetrics } from '../cli/watch-metrics.ts';
import { healthDirectory, WatchRecord } from '../cli/watch-record.ts';
import { Reload } from '../cli/watch-reload.ts';
import type { ClaimedJob, PushOptions, Repository, WatchEvent, WatchJob, WatchPace } from '../index.ts';

export default class Watch extends PushCommand {
  static override summary = 'Keep jobs backed up: push them when something changed.';
  static override description =
    `Looks at each job every so often, and soon after the system tells of a change; pushes it only when something differs from what
the last push left. Runs until it is stopped (Ctrl+C, SIGTERM); SIGHUP reads the configuration again. What fails is tried again.
Without JOBS every job of the configuration is watched; paths are watched as a job of their own. No job is watched twice: the exit code
is 11 where another watch has one of them.`;
  static override examples = [
    { description: 'Every configured job', command: '<%= config.bin %> watch' },
    {
      description: 'A directory, looked at every minute',
      command: '<%= config.bin %> watch ~/Documents --interval 1m --repo s3://bucket/laptop',
    },
    { description: 'One check now', command: '<%= config.bin %> watch --once' },
    { description: 'How it fares', command: '<%= config.bin %> watch --status' },
  ];
  static override args = {
    jobs: textArgument({
      multiple: true,
      ignoreStdin: true,
      description: 'Names of configured jobs; or directories, files or globs.',
    }),
  };
  static override flags = {
    ...watchFlags,
    ...sourceFlags,
    ...snapshotFlags,
    ...readingFlags,
  };

  /** Ends the watch under way, so that one by the new configuration begins. */
  readonly #reload = new Reload();

  async run(): Promise<void> {
    // A log of months is no place for progress.
    const quieter = this.environment.stderr.interactive ? [] : ['--no-progress'];
    const { args, flags } = await this.parse(Watch, [...quieter, ...this.argv]);
    if (flags.status) return await this.#status();
    const pace = paceOf(flags);
    const metrics = flags.metrics === undefined ? undefined : parseMetricsAddress(flags.metrics);
    const words = args.jobs ?? [];
    // From here on: before, a hang-up ends the program.
    this.#onHangUp();
    let jobs = await this.#jobs(words, flags);
    const record = await this.#begin(jobs, pace);
    if (metrics) await this.#serve(metrics, record);
    const service = serviceNotifier(this.environment, this.sayWarning);
    await service.ready();
    for (;;) {
      await this.#watch(jobs, { ...pace, once: flags.once, listens: flags.events }, record);
      if (flags.once || this.signal.aborted) break;
      jobs = (await this.#reload.answer(() => this.#readAgain(words, flags, record))) ?? jobs;
    }
    await service.stopping();
    await this.#end(flags.once, record);
  }

  /** Until it is stopped, or the configuration is to be read again. */
  async #watch(jobs: WatchJob[], { listens, ...how }: HowToWatch, record: WatchRecord): Promise<void> {
    const { watch } = await import('../index.ts');
    const events = listens ? {} : { events: false as const };
    const signals = { signal: this.signal, stop: this.#reload.signal };
    for await (const event of watch(jobs, { ...how, ...events, ...signals })) {
      await record.note(event, this.environment.now());
      await this.#tell(event, how.once);
    }
  }

  async #tell(event: WatchEvent, once: boolean): Promise<void> {
    this.pauseProgress();
    const asFailure = (error: unknown) => this.failureOf(error);
    const { quiet } = this.settings.flags;
    const { stdout } = this.environment;
    if (this.mode === 'json-stream') await stdout.write(`${toJson(watchJson(event, asFailure))}\n`);
    if (this.mode !== 'text') return;
    const now = this.environment.now();
    const line = watchLine(event, { style: this.style, quiet, once, now, asFailure });
    if (line !== undefined) await stdout.write(line);
  }

  /** Claims what tells how it fares. @throws `busy` */
  async #begin(jobs: ChosenJob[], { interval }: WatchPace): Promise<WatchRecord> {
    const { newHealth, openHealthFile } = await import('../index.ts');
    const file = await openHealthFile(healthDirectory(this.directories.state), jobs);
    const names = jobs.map(({ name }) => name);
    const health = newHealth(names, interval, this.environment.now());
    const asFailure = (error: unknown) => this.failureOf(error);
    const record = new WatchRecord({ file, health, asFailure, warn: this.sayWarning });
    this.closeAtEnd(() => record.close());
    return record;
  }

  async #serve(address: MetricsAddress, record: WatchRecord): Promise<void> {
    const metrics = await serveMetrics(address, () => record.health);
    this.closeAtEnd(() => metrics.close());
    this.notice(`Metrics are at ${metrics.url}`);
  }

  /** On Windows it means that the console is closed: that stops us, as any command. */
  #onHangUp(): void {
    if (this.environment.platform === 'win32') return;
    process.on('SIGHUP', this.#reload.ask);
    this.closeAtEnd(async () => void process.off('SIGHUP', this.#reload.ask));
  }

  /** @returns undefined when the new configuration cannot be used, or somebody else watches its jobs: the old one stays */
  async #readAgain(
    words: string[],
    flags: WatchFlags,
    record: WatchRecord,
  ): Promise<ChosenJob[] | undefined> {
    const { config } = this.settings;
    try {
      this.settings.config = await this.readConfig(this.settings.flags);
      const jobs = await this.#jobs(words, flags);
      await record.follow(jobs);
      this.notice('The configuration was read again');
      return jobs;
    } catch (error) {
      this.settings.config = config;
      this.sayWarning(`The configuration stays as it was: ${this.failureOf(error).message}`);
      return undefined;
    }
  }

  /** Stopped is done; a single round answers as a push does. */
  async #end(once: boolean, { outcomes, health }: WatchRecord): Promise<void> {
    const isDone = !once || outcomes.every(({ result, error }) => !result && !error);
    this.exitWith(isDone ? exitCodes.done : exitOfJobs(outcomes.filter((one) => one.result ?? one.error)));
    const jobs = once ? outcomes.map(outcomeJson) : health.jobs;
    if (this.mode !== 'text') await this.results.object({ jobs }, () => '');
  }

  async #status(): Promise<void> {
    const { listWatches } = await import('../index.ts');
    const watches = await listWatches(healthDirectory(this.directories.state));
    const isFailing = watches.some(({ running, jobs }) => running && jobs.some(({ error }) => error));
    const isRunning = watches.some(({ running }) => running);
    this.exitWith(isFailing ? exitCodes.incomplete : isRunning ? exitCodes.done : exitCodes.unexpected);
    await this.results.object({ watches }, () =>
      watches.length === 0
        ? 'No watch was ever started\n'
        : watchesReport(watches, this.style, this.environment.now()),
    );
  }

  /** @throws `usage` */
  async #jobs(words: string[], flags: WatchFlags): Promise<ChosenJob[]> {
    const isList = flags['files-from'] !== undefined;
    const configured = isList ? undefined : await this.configuredJobs(words);
    if (configured) return await Promise.all(configured.map((job) => this.#configuredJob(job, flags)));
    if (words.length > 0 || isList) return [await this.#adHocJob(words, flags)];
    throw usage(
      'Nothing to watch was named',
      'Try "bmcloud watch DIR", or configure jobs: "bmcloud config init DIR"',
    );
  }

  async #configuredJob(name: string, flags: WatchFlags): Promise<ChosenJob> {
    const { sources, cwd, settings } = this.sourcesOf(name);
    const options = await this.optionsOf(sources, cwd, flags, settings);
    const pushes = async (_: Repository, all: PushOptions) => {
      const { result, error } = await this.pushConfigured(name, () =>
        this.pushOnce({ options: all, ...untold(flags) }, settings),
      );
      if (result) return result;
      throw error;
    };
    return { ...this.#watched(name, settings, options, pushes), of: this.settings.config.file ?? '' };
  }

  async #adHocJob(words: string[], flags: WatchFlags): Promise<ChosenJob> {
    const { values } = this.settings.config;
    const options = await this.optionsOf(words, this.environment.cwd, flags, values);
    const name = this.job.job ?? [...words, flags['files-from'] ?? []].flat().join(' ');
    const pushes = async (_: Repository, all: PushOptions) =>
      (await this.pushOnce({ options: all, ...untold(flags) }, values)).result;
    return { ...this.#watched(name, values, options, pushes), of: this.environment.cwd };
  }

  #watched(
    name: string,
    values: ConfigValues,
    options: PushOptions,
    pushes: NonNullable<WatchJob['push']>,
  ): WatchJob {
    const { location } = this.accessIn(values);
    return {
      name,
      repository: () => this.repositoryOf(values, { dryRun: false, recoveryKeyFile: undefined }),
      options: { ...apartFrom(options, location), ...this.jobIn(values) },
      push: pushes,
    };
  }
}

/** A job, and what its name is one of. */
type ChosenJob = WatchJob & ClaimedJob;

interface HowToWatch extends WatchPace {
  once: boolean;
  listens: boolean;
}

/** A push of which nobody is told but by the log. */
function untold({ notify }: WatchFlags): Omit<Wanted, 'options'> {
  return { notify, recoveryKeyFile: undefined };
}

type WatchFlags = InferredFlags<typeof Watch.flags>;
