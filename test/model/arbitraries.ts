// What the property tests of the model are fed with.
import fc from 'fast-check';
import {
  type Content,
  type EntryType,
  entryTypes,
  type ListItem,
  type NamedStream,
  type Stat,
} from '../../src/model/entry.ts';
import type { Field } from '../../src/model/record.ts';
import type { Timestamp } from '../../src/model/wire.ts';

export const anyBytes = (maxLength = 40): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });

export const id = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

export const count = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);

export const time: fc.Arbitrary<Timestamp> = fc.record({
  seconds: fc.oneof(fc.integer({ min: -3e9, max: 3e9 }), fc.integer({ min: -(2 ** 52), max: 2 ** 52 })),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
});

/** Text that UTF-8 can hold: no lone surrogates. A byte order mark is a character like any other. */
export const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }).filter((words) => words.isWellFormed()),
  fc.constantFrom('\uFEFF', '\uFEFFa', 'ä'.repeat(100)),
);

const bytesOfName = fc.oneof(
  fc.constantFrom(
    'a',
    'a-',
    'b',
    '\\x41',
    '\\',
    '\x7f',
    '\n',
    '\xff',
    '\xc2\x85',
    '\x85',
    '\xef\xbb\xbf',
    '...',
  ),
  fc.uint8Array({ minLength: 1, maxLength: 6 }).map((name) => Buffer.from(name).toString('latin1')),
);

/** A name that an entry may have, one character a byte. */
const name = bytesOfName
  .map((words) => words.replace(/[/\0]/g, '_'))
  .filter((words) => words !== '.' && words !== '..');

export const path: fc.Arbitrary<Uint8Array> = fc
  .array(name, { minLength: 1, maxLength: 4 })
  .map((names) => new Uint8Array(Buffer.from(names.join('/'), 'latin1')));

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

/** Stats as a scan makes them: what a type has, and nothing else. */
export const stat: fc.Arbitrary<Stat> = fc
  .record(
    {
      type: fc.constantFrom(...entryTypes),
      size: count,
      mtime: time,
      ctime: time,
      birthTime: time,
      mode: fc.integer({ min: 0, max: 0o7777 }),
      uid: count,
      gid: count,
      user: text,
      group: text,
      inode: u64,
      device: u64,
      links: fc.integer({ min: 2, max: 70_000 }),
      deviceNumber: count,
      target: anyBytes(),
      attributes: fc.oneof(fc.nat({ max: 0xffff }), count),
      reparseTag: fc.constantFrom(0xa000000c, 0xa0000003, 0x9000_601a),
    },
    { requiredKeys: ['type', 'size', 'mtime', 'ctime', 'mode', 'uid', 'gid', 'target', 'deviceNumber'] },
  )
  .map((all) => fitting(all.type, all));

function fitting(type: EntryType, all: Stat): Stat {
  const { target, deviceNumber, links, device, ...rest } = all;
  const isDevice = type === 'character' || type === 'block';
  return {
    ...rest,
    size: type === 'file' ? all.size : 0,
    ...(type === 'symlink' && { target: target! }),
    ...(isDevice && { deviceNumber: deviceNumber! }),
    ...(links !== undefined && device !== undefined && { links, device }),
  };
}

const chunkItem: fc.Arbitrary<ListItem> = fc.record({
  length: fc.integer({ min: 1, max: 8 * 1024 * 1024 }),
  id: id(32),
});
const hole: fc.Arbitrary<ListItem> = fc.record({ length: fc.integer({ min: 1, max: 2 ** 51 }) });

export const items = fc.array(fc.oneof(chunkItem, hole), { maxLength: 6 });

const list = fc.oneof(
  fc.record({ depth: fc.constant(0), items }),
  fc.record({
    depth: fc.integer({ min: 1, max: 4 }),
    items: fc.array(chunkItem, { minLength: 1, maxLength: 4 }),
  }),
);

/** Fields that a newer program may write, in order. */
export const unknownFields = (from: number, to: number): fc.Arbitrary<Field[]> =>
  fc
    .array(
      fc.record({
        number: fc.integer({ min: from, max: to }),
        critical: fc.constant(false),
        value: anyBytes(),
      }),
      {
        maxLength: 3,
      },
    )
    .map((fields) => fields.sort((a, b) => a.number - b.number));

const stream: fc.Arbitrary<NamedStream> = fc.record(
  {
    name: text.filter((words) => words.length > 0),
    list,
    unknown: unknownFields(3, 90).filter((fields) => fields.length > 0),
  },
  { requiredKeys: ['name', 'list'] },
);

/** Named streams in order, at least one. */
const streams = fc
  .uniqueArray(stream, { minLength: 1, maxLength: 3, selector: ({ name: words }) => words })
  .map((all) => all.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))));

export const content: fc.Arbitrary<Content> = fc.record(
  {
    list,
    marks: fc.integer({ min: 0, max: 7 }),
    tracked: fc.boolean(),
    deleted: fc.boolean(),
    streams,
    securityDescriptor: text,
    unknown: fc
      .tuple(unknownFields(0, 31), unknownFields(36, 39), unknownFields(42, 500))
      .map((groups) => groups.flat()),
  },
  { requiredKeys: ['marks', 'tracked', 'deleted', 'unknown'] },
);
