// Manifests for property tests.
import fc from 'fast-check';
import {
  type Manifest,
  manifestKinds,
  noStatistics,
  type RunList,
  type SkippedPath,
  type SnapshotHeader,
  type Source,
  type Statistics,
} from '../../src/model/snapshot.ts';
import { anyBytes, count, id, path, text, time, unknownFields } from '../model/arbitraries.ts';

const statistics: fc.Arbitrary<Statistics> = fc.record(
  Object.fromEntries(Object.keys(noStatistics).map((name) => [name, count])) as Record<
    keyof Statistics,
    typeof count
  >,
);

const brief = {
  job: id(16),
  number: count,
  kind: fc.constantFrom(...manifestKinds),
  snapshot: id(16),
  start: time,
  end: time,
  host: text,
  user: text,
  jobName: text,
  machine: id(16),
  platform: fc.constantFrom('posix' as const, 'windows' as const),
  unknown: unknownFields(21, 31),
};
const maybe = { storeStart: time, storeEnd: time, entries: count, mirrors: fc.constant(true as const) };
const none = {
  sources: fc.constant<Source[]>([]),
  skipped: fc.constant<SkippedPath[]>([]),
  tags: fc.constant<string[]>([]),
};

/** What a later manifest repeats of an earlier one. */
const earlier: fc.Arbitrary<SnapshotHeader> = fc.record(
  { ...brief, ...none, ...maybe },
  {
    requiredKeys: [
      'job',
      'number',
      'kind',
      'snapshot',
      'start',
      'end',
      'host',
      'user',
      'jobName',
      'machine',
      'platform',
      'unknown',
      'sources',
      'skipped',
      'tags',
    ],
  },
);

export const header: fc.Arbitrary<SnapshotHeader> = fc.record(
  {
    ...brief,
    ...maybe,
    sources: fc.array(
      fc.record({ name: text, path: anyBytes(), kind: fc.constantFrom('tree' as const, 'stdin' as const) }),
      { maxLength: 3 },
    ),
    statistics,
    skipped: fc.array(fc.record({ path, reason: text, code: text }), { maxLength: 3 }),
    tool: text,
    tags: fc.array(text, { maxLength: 3 }),
  },
  {
    requiredKeys: [
      'job',
      'number',
      'kind',
      'snapshot',
      'start',
      'end',
      'host',
      'user',
      'jobName',
      'machine',
      'platform',
      'unknown',
      'sources',
      'skipped',
      'tags',
    ],
  },
);

const runItem = fc.record({ length: fc.integer({ min: 1, max: 2 ** 20 }), id: id(32), firstPath: path });

export const runList: fc.Arbitrary<RunList> = fc.oneof(
  fc.record({ depth: fc.constant(0), items: fc.array(runItem, { maxLength: 4 }) }),
  fc.record({
    depth: fc.integer({ min: 1, max: 4 }),
    items: fc.array(runItem, { minLength: 1, maxLength: 4 }),
  }),
);

export const manifest: fc.Arbitrary<Manifest> = fc.record(
  {
    header,
    base: fc.record({ number: count, hash: id(32) }),
    changes: fc.oneof(anyBytes(), runList),
    state: runList,
    earlier: fc.array(earlier, { maxLength: 2 }),
  },
  { requiredKeys: ['header', 'earlier'] },
);
