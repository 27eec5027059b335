import { BmcloudError } from '../errors.ts';
import type { OnEvent } from '../model/events.ts';
import type { Source } from '../model/snapshot.ts';
import type { NativeFiles } from '../native/files.ts';
import type { JobClaim } from '../repository/jobs.ts';
import type { Rules } from '../rules/rules.ts';
import type { CloudFiles, ScanSource } from '../scan/scan.ts';
import type { ShadowMode } from './ladder.ts';
import { type NestedPlace, type Place, recordedSources } from './recorded-sources.ts';
import { defaultJobName, jobSources } from './sources.ts';
import type { ClosableViews } from './system.ts';

/** Standard input, or the output of a command, as a source. */
export interface StreamSource {
  stdin: AsyncIterable<Uint8Array>;
  /** Of its file. */
  name: string;
}

/** What is pushed, and how. */
export interface PushOptions {
  /** Paths and globs, or a stream. */
  sources: string[] | StreamSource;
  /** More paths, from a list. */
  filesFrom?: (string | Uint8Array)[];
  /** What relative paths start from. */
  cwd: string;
  host: string;
  user: string;
  /** The job's name. Default: host and sources. */
  job?: string;
  /** Go on with a job of that name that another machine began. */
  adoptJob: boolean;
  /** A source recorded under the first path lies at the second now. */
  sourceMoved?: Record<string, string>;
  tags: string[];
  oneFileSystem: boolean;
  excludeCaches: boolean;
  /** What is in the job. Default: everything, whatever ignore files say. */
  rules?: Rules;
  /** Leave out what every push leaves out (docs/locked-files.md). Default: true. */
  defaultExcludes?: boolean;
  /** Files of a cloud folder that are not on this computer: left as they were, or read, which fetches them. Default: `skip`. */
  cloudFiles?: CloudFiles;
  /** What tells of files on Windows. Default: the addon; what is given here is asked in the calling thread. */
  windowsFiles?: NativeFiles;
  /** Go on when a source is empty or missing that had files. */
  allowEmpty: boolean;
  /** Write no snapshot when nothing changed. */
  skipUnchanged: boolean;
  /** Read and compare, store nothing. */
  dryRun: boolean;
  /** Wait while another push of the job runs on this machine. */
  waitForLock: boolean;
  /** Count the sources beside, so that progress can tell how much is left. */
  estimate?: boolean;
  /** Threads; 0: none. Default: one a core. */
  workers?: number;
  /** Of zstd. */
  level?: number;
  /** How often a file that others hold is tried again before the end of the push. Default: 3. */
  retries?: number;
  /** Milliseconds before the first of these attempts; doubles with each. Default: 1000. */
  retryDelay?: number;
  /** Bytes of a file that are asked of the system at once. Default: 4 MiB. */
  readSize?: number;
  /** When files are read from a frozen view of their volume. Default: `auto`, when nothing else helps. */
  shadow?: ShadowMode;
  /** Where frozen views come from. Default: what this system has. */
  views?: ClosableViews;
  /** Milliseconds between partial snapshots of a long push. */
  partialEvery?: number;
  /** The program's own: never part of a source. Absolute paths. */
  ownDirectories: string[];
  signal?: AbortSignal;
  /** Told instead of whoever the repository was opened for. */
  onEvent?: OnEvent;
}

/** What is pushed, and as which job. */
export interface PushPlan {
  claim: JobClaim;
  /** Roots to scan; none for a stream. */
  sources: ScanSource[];
  /** Where they lie, and lay. */
  places: Place[];
  /** Those that are walked with another one. */
  nested: NestedPlace[];
  stream: StreamSource | undefined;
  /** Some of what is pushed is mirrored: kept without history. */
  mirrors: boolean;
}

const MOST_TAGS = 64;
const LONGEST_TAG = 256;
const MOST_WORKERS = 256;

/** @throws `usage`, `source-missing`, `source-unreadable` */
export async function planPush(options: PushOptions, tool: string): Promise<PushPlan> {
  checkTags(options.tags);
  checkWorkers(options.workers);
  const { host, user, adoptJob: adopt, dryRun } = options;
  const who = { host, user, tool, adopt, dryRun };
  if (!Array.isArray(options.sources)) return planStream(options.sources, who, options.job);
  const { sources, places, known, nested } = await jobSources({ ...options, sources: options.sources });
  return {
    claim: { ...who, name: options.job ?? defaultJobName(host, known), sources: trees(sources) },
    sources,
    places,
    nested,
    stream: undefined,
    mirrors: mayMirror(options.rules),
  };
}

/** The same plan with its sources under the names that the last snapshot has them by. */
export async function settlePlan(
  plan: PushPlan,
  recorded: Source[],
  { sources: args, cwd, allowEmpty }: PushOptions,
): Promise<PushPlan> {
  if (!Array.isArray(args)) return plan;
  const sources = await recordedSources(plan, recorded, { sources: args, cwd, allowEmpty });
  const nested = plan.nested.filter((place) => !sources.some(({ path }) => path === place.path));
  return { ...plan, sources, nested, claim: { ...plan.claim, sources: trees(sources) } };
}

function trees(sources: ScanSource[]): Source[] {
  return sources.map((source) => ({ ...source, kind: 'tree' }));
}

/** Only the short form has lists of what is mirrored. */
function mayMirror(rules: PushOptions['rules']): boolean {
  if (rules?.form !== 'short') return false;
  const { include_dirs = [], include_files = [] } = rules.lists;
  return include_dirs.length + include_files.length > 0;
}

function planStream(
  stream: StreamSource,
  who: Omit<JobClaim, 'name' | 'sources'>,
  job: string | undefined,
): PushPlan {
  const { name } = stream;
  if (!/^[^/\\\0]+$/.test(name) || name === '.' || name === '..' || Buffer.byteLength(name) > 255) {
    throw new BmcloudError('usage', `"${name}" cannot be the name of a file`, {
      hint: 'Give a plain name, such as dump.sql',
    });
  }
  const recorded: Source = { name, path: new Uint8Array(0), kind: 'stdin' };
  return {
    claim: { ...who, name: job ?? defaultJobName(who.host, [name]), sources: [recorded] },
    sources: [],
    places: [],
    nested: [],
    stream,
    mirrors: false,
  };
}

/** Of a number that is none, every lane would be one too few. */
function checkWorkers(workers = 0): void {
  if (!Number.isInteger(workers) || workers < 0 || workers > MOST_WORKERS)
    throw new BmcloudError('usage', `The number of workers is 0 to ${MOST_WORKERS}, and not ${workers}`);
}

function checkTags(tags: string[]): void {
  const bad = tags.find((tag) => tag === '' || Buffer.byteLength(tag) > LONGEST_TAG);
  if (bad !== undefined) {
    throw new BmcloudError('usage', `A tag has 1 to ${LONGEST_TAG} bytes: "${bad.slice(0, 40)}" has not`);
  }
  if (tags.length > MOST_TAGS) throw new BmcloudError('usage', `A snapshot has at most ${MOST_TAGS} tags`);
}
