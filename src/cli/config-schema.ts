import { z } from 'zod';
import { parseBytes, parseSpan } from './quantities.ts';

const rate = z.union([z.string(), z.number().int().positive()]).transform((value, context) => {
  try {
    return parseBytes(String(value), 'a rate');
  } catch {
    context.addIssue({
      code: 'custom',
      message: `"${value}" is not a rate; write for example "10M" (bytes per second)`,
    });
    return z.NEVER;
  }
});

const span = z.string().transform((value, context) => {
  try {
    return parseSpan(value, 'a span of time');
  } catch {
    context.addIssue({ code: 'custom', message: `"${value}" is not a span of time; write for example "1s"` });
    return z.NEVER;
  }
});

const text = z.string().min(1);

const schema = z.strictObject({
  repository: text.optional(),
  job: text.optional(),
  passphraseFile: text.optional(),
  passphraseCommand: text.optional(),
  keyFile: text.optional(),
  /** How files that other programs hold are read. */
  shadow: z.enum(['auto', 'always', 'never']).optional(),
  retries: z.number().int().min(0).max(100).optional(),
  retryDelay: span.optional(),
  /** Tell on the desktop when files were skipped. */
  notify: z.boolean().optional(),
  /** Commands that are run when something happens; facts come on standard input, as JSON. */
  hooks: z.strictObject({ onSkipped: text.optional(), timeout: span.optional() }).optional(),
  limits: z.strictObject({ upload: rate.optional(), download: rate.optional() }).optional(),
});

/** What bmcloud.json may say. */
export type ConfigValues = z.infer<typeof schema>;

/** The names at the top of bmcloud.json. */
export const configNames = Object.keys(schema.shape);

/** Validates a parsed bmcloud.json: its values, or what is wrong and where. */
export function checkConfig(value: unknown): { values: ConfigValues } | { place: string; problem: string } {
  const checked = schema.safeParse(value);
  if (checked.success) return { values: checked.data };
  const issue = checked.error.issues[0]!;
  return { place: issue.path.join('.') || 'top', problem: issue.message };
}
