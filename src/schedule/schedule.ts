import { z } from 'zod/mini';
import { BmcloudError } from '../errors.ts';

/** Who starts the jobs of this machine. */
export type Scheduler = 'task-scheduler' | 'systemd' | 'cron' | 'launchd';

const trigger = z.union([
  z.strictObject({ every: z.int().check(z.positive()) }),
  z.strictObject({ daily: z.string() }),
  z.strictObject({ cron: z.string() }),
  z.strictObject({ watch: z.literal(true) }),
]);

export const scheduleSchema = z.object({
  name: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,47}$/)),
  trigger,
  /** What follows `bmcloud push`, or `bmcloud watch`. */
  arguments: z.array(z.string()),
  /** Where relative paths in the arguments begin. */
  directory: z.string(),
  /** Variables the push is given; never a secret. */
  environment: z.record(z.string(), z.string()),
  enabled: z.boolean(),
  /** `system`: root, or SYSTEM on Windows. */
  account: z.enum(['user', 'system']),
  /** Runs only while the user is logged in. */
  whileLoggedIn: z.boolean(),
  /** Files that others hold open may be read from a frozen view of their volume, which takes more rights. */
  wantsShadow: z.boolean(),
  scheduler: z.enum(['task-scheduler', 'systemd', 'cron', 'launchd']),
  created: z.iso.datetime(),
});

/** A push that is started again and again, and how. */
export type Schedule = z.infer<typeof scheduleSchema>;

export const runRecordSchema = z.object({
  started: z.iso.datetime(),
  /** Absent while it runs, and for ever when it was cut off. */
  ended: z.optional(z.iso.datetime()),
  exitCode: z.optional(z.int()),
  /** Of the process that carries it out. */
  pid: z.int(),
  /** Started by the system, not by hand. */
  scheduled: z.boolean(),
});

/** One run of a schedule. */
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Names of devices, which Windows does not take for files. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** A name fits a file, a systemd unit, a task and a launchd label alike. @throws `usage` */
export function checkName(name: string): string {
  if (scheduleSchema.shape.name.safeParse(name).success && !RESERVED.test(name)) return name;
  throw new BmcloudError('usage', `${JSON.stringify(name)} cannot be the name of a schedule`, {
    hint: 'Use letters, digits, "-" and "_", at most 48 of them',
  });
}
