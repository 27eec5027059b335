import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { Command } from '@oclif/core/command';
import type {
  ArgInput,
  FlagInput,
  Input,
  OutputArgs,
  OutputFlags,
  ParserOutput,
} from '@oclif/core/interfaces';
import { BmcloudError } from '../errors.ts';
import type { BmcloudEvent } from '../model/events.ts';
import { type OutputMode, outputModeOf, refuseBooleanValues } from './arguments.ts';
import { type Config, loadConfig } from './config.ts';
import { type UserDirectories, userDirectories } from './directories.ts';
import { type Environment, systemEnvironment } from './environment.ts';
import { exitCodeOf } from './exit-codes.ts';
import { asFailure, failureText, ownDirectoryFailure } from './failure.ts';
import { type GlobalFlags, globalFlags } from './flags.ts';
import type { Terminal } from './prompt.ts';
import { type Reporter, reporterFor } from './reporter.ts';
import { type Results, resultsIn } from './results.ts';
import { interruptible } from './signals.ts';
import { type Style, styleFor } from './style.ts';

// oclif's own throws what the stream says, in the middle of a backup; `systemEnvironment` listens, too.
process.stdout.removeAllListeners('error');

type Flags = OutputFlags<FlagInput>;

/** What all commands share: flags, results, progress, interruption, errors. A command is flags, one library call and a report. */
export abstract class BmcloudCommand extends Command {
  static override baseFlags = globalFlags;

  readonly environment: Environment = systemEnvironment();
  readonly directories: UserDirectories = userDirectories(this.environment);
  readonly mode: OutputMode = outputModeOf(this.argv);
  /** stdout. */
  readonly results: Results = resultsIn(this.mode, this.environment.stdout);
  /** Colours on stdout. */
  readonly style: Style = styleFor(this.environment.stdout.colour);
  #reporter: Reporter | undefined;
  #settings: { flags: GlobalFlags; config: Config } | undefined;
  readonly #interruption = interruptible(() => this.#sayInterrupted());
  readonly #closing: (() => Promise<void>)[] = [];

  /** Follows `signal` after a while. */
  get lateSignal(): AbortSignal {
    return this.#interruption.late;
  }

  /** Aborted by SIGINT and SIGTERM. */
  get signal(): AbortSignal {
    return this.#interruption.signal;
  }

  /** Where the user is asked. */
  get terminal(): Terminal & Pick<Environment, 'cwd'> {
    const { stdin, stderr, cwd } = this.environment;
    return { stdin, stderr, cwd, signal: this.signal };
  }

  /** How many skipped paths are told at once; the report of a command may tell them all at its end. */
  protected readonly skippedShown: number = 10;

  /** What happens to the work of a command that was interrupted. */
  protected readonly interruptedHint: string | undefined = undefined;

  /** The global flags and the configuration; known once `parse` is done. */
  get settings(): { flags: GlobalFlags; config: Config } {
    if (!this.#settings) throw new BmcloudError('internal', 'The command line was not parsed');
    return this.#settings;
  }

  /** What operations tell goes to the reporter. */
  readonly onEvent = (event: BmcloudEvent): void => this.#reporter?.event(event);

  readonly sayWarning = (message: string): void => this.onEvent({ type: 'warning', message });

  /** oclif warns of what is deprecated by this. */
  override warn(message: string | Error): string | Error {
    this.sayWarning(String(message));
    return message;
  }

  notice(message: string): void {
    this.onEvent({ type: 'notice', message });
  }

  /** Takes progress off the screen before a result or a question. */
  pauseProgress(): void {
    this.#reporter?.pause();
  }

  /** Closed in reverse order when the command ends, however it ends. */
  closeAtEnd(close: () => Promise<void>): void {
    this.#closing.push(close);
  }

  /** Somebody looks at the progress as it is drawn. */
  get isWatched(): boolean {
    const { flags } = this.settings;
    return this.environment.stderr.interactive && !flags['no-progress'] && !flags.quiet;
  }

  /** The process answers with `code` when everything else is done. */
  exitWith(code: number): void {
    process.exitCode = code;
  }

  protected override async parse<F extends Flags, B extends Flags, A extends OutputArgs<ArgInput>>(
    options?: Input<F, B, A>,
    argv: string[] = this.argv,
  ): Promise<ParserOutput<F, B, A>> {
    refuseBooleanValues(argv, { ...this.ctor.baseFlags, ...this.ctor.flags });
    const parsed = await super.parse(options, argv);
    await this.#start(parsed.flags as unknown as GlobalFlags);
    return parsed;
  }

  async #start(flags: GlobalFlags): Promise<void> {
    const { stdout, stderr } = this.environment;
    this.#reporter = reporterFor({
      mode: this.mode,
      quiet: flags.quiet,
      verbose: flags.verbose,
      progress: !flags['no-progress'],
      skippedShown: this.skippedShown,
      stdout,
      stderr,
      clock: () => performance.now(),
    });
    this.#settings = { flags, config: await this.readConfig(flags) };
  }

  /** Reads the configuration. @throws `config` */
  protected readConfig(flags: GlobalFlags): Promise<Config> {
    const { env, cwd } = this.environment;
    const { config: directory } = this.directories;
    return loadConfig({ flag: flags.config, variable: env.BMCLOUD_CONFIG, cwd, directory });
  }

  /** Every error ends here: one line and a hint, the exit code of the table, never a stack trace. */
  protected override async catch(error: Error): Promise<void> {
    const failure = this.failureOf(error);
    this.pauseProgress();
    process.exitCode = exitCodeOf(failure.code);
    if (this.environment.env.BMCLOUD_DEBUG) await this.environment.stderr.write(`${debugText(error)}\n`);
    if (await this.results.failure(failure)) return;
    await this.environment.stderr.write(failureText(failure, styleFor(this.environment.stderr.colour).red));
  }

  /** Whatever was thrown, as one line and a hint. */
  protected failureOf(error: unknown): BmcloudError {
    return (
      this.#interrupted(error) ??
      ownDirectoryFailure(error, this.directories) ??
      asFailure(error, this.#vocabulary())
    );
  }

  /** Once interrupted, whatever breaks next broke because of that. */
  #interrupted(error: unknown): BmcloudError | undefined {
    if (!this.signal.aborted) return undefined;
    const hint = this.interruptedHint;
    return new BmcloudError('interrupted', 'Interrupted', {
      cause: error,
      ...(hint !== undefined && { hint }),
    });
  }

  #vocabulary() {
    return {
      command: (this.id ?? '').replaceAll(':', ' '),
      flags: Object.keys({ ...this.ctor.baseFlags, ...this.ctor.flags }),
    };
  }

  protected override async finally(): Promise<void> {
    try {
      for (const close of this.#closing.reverse()) await close();
    } catch (error) {
      await this.catch(error as Error);
    } finally {
      this.#reporter?.close();
      this.#interruption.stop();
    }
  }

  #sayInterrupted(): void {
    this.pauseProgress();
    if (this.mode !== 'text') return;
    void this.environment.stderr.write('Stopping (once more stops at once)\n');
  }
}

function debugText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${debugText(error.cause)}`;
  return (error.stack ?? error.message) + cause;
}
