import { z } from 'zod/mini';
import { BmcloudError } from '../errors.ts';
import { damaged } from '../model/wire.ts';

/*
 * The JSON of a key slot, before anything is opened (docs/format.md, section 4.1).
 */

export const MAX_SLOT_BYTES = 64 * 1024;

const versionSchema = z.looseObject({ magic: z.literal('bmcloud-key'), version: z.int() });

const hexId = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'is not an id'));
// Of the texts that decode to the same bytes, only the one that an encoder makes.
const base64 = z
  .string()
  .check(z.refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'is not base64'));
const base64Key = base64.check(z.regex(/^[^=]{43}=$/, 'is not 32 bytes in base64'));

const kdfSchema = z.discriminatedUnion('name', [
  z.looseObject({
    name: z.literal('scrypt'),
    // Checked before scrypt runs: a forged slot must not make anybody spend hours or gigabytes.
    N: z.int().check(
      z.minimum(2 ** 14),
      z.maximum(2 ** 20),
      z.refine((n) => (n & (n - 1)) === 0, 'is not a power of two'),
    ),
    r: z.literal(8),
    p: z.literal(1),
    salt: base64Key,
  }),
  z.looseObject({ name: z.literal('hkdf'), salt: base64Key }),
]);

const slotSchema = z.looseObject({
  magic: z.literal('bmcloud-key'),
  version: z.literal(1),
  id: hexId,
  role: z.enum(['owner', 'recovery', 'push-only']),
  label: z.string(),
  created: z.iso.datetime({ offset: true }),
  domain: hexId,
  kdf: kdfSchema,
  commitment: base64Key,
  sealed: base64,
});

/** A slot as it was read: checked in form, not yet opened. Unknown members are kept, for they are authenticated too. */
export type Slot = z.infer<typeof slotSchema>;

/** Reads a slot. @throws `damaged`, or `newer-format` for another version */
export function readSlot(json: string, what: string): Slot {
  const parsed = parseJson(json, what);
  const { data } = versionSchema.safeParse(parsed);
  if (data && data.version !== 1) {
    throw new BmcloudError('newer-format', `${what} is of version ${data.version}`, {
      hint: 'Use a newer bmcloud',
    });
  }
  const slot = slotSchema.safeParse(parsed);
  if (slot.success) return slot.data;
  const issue = slot.error.issues[0];
  throw damaged(what, `${issue?.path.join('.')}: ${issue?.message}`);
}

function parseJson(json: string, what: string): unknown {
  if (Buffer.byteLength(json) > MAX_SLOT_BYTES) throw damaged(what, 'it is too large');
  try {
    return JSON.parse(json);
  } catch {
    throw damaged(what, 'it is not JSON');
  }
}
