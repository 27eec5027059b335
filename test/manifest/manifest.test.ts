import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkManifest,
  decodeManifest,
  decodeRunItems,
  decodeRunList,
  encodeManifest,
  encodeRunList,
} from '../../src/manifest/manifest.ts';
import { writeField } from '../../src/model/record.ts';
import { type Manifest, noStatistics, type SnapshotHeader } from '../../src/model/snapshot.ts';
import { Writer } from '../../src/model/wire.ts';
import { anyBytes } from '../model/arbitraries.ts';
import { mutated, mutation, reads } from '../model/refusals.ts';
import { manifest, runList } from './arbitraries.ts';

const HEADER: SnapshotHeader = {
  job: new Uint8Array(16).fill(1),
  number: 5,
  kind: 'snapshot',
  snapshot: new Uint8Array(16).fill(2),
  start: { seconds: 1, nanos: 0 },
  end: { seconds: 2, nanos: 0 },
  host: 'host',
  user: 'user',
  jobName: 'job',
  machine: new Uint8Array(16).fill(3),
  sources: [],
  skipped: [],
  tags: [],
  platform: 'posix',
  unknown: [],
};
const zeros = (count: number) => Array.from({ length: count }, () => 0);
const encoded = (header: Partial<SnapshotHeader>, rest: Partial<Manifest> = {}) =>
  encodeManifest({ header: { ...HEADER, ...header }, earlier: [], ...rest });
const field = (number: number, value: number[], critical = true) => {
  const writer = new Writer();
  writeField(writer, number, critical, Uint8Array.from(value));
  return writer.take();
};

describe('manifests', () => {
  test('come back', () => {
    fc.assert(
      fc.property(manifest, (one) => {
        expect(decodeManifest(encodeManifest(one))).toEqual(one);
      }),
    );
  });

  test('repeat of earlier ones what is short', () => {
    const long = {
      ...HEADER,
      tool: 'x',
      statistics: noStatistics,
      tags: ['x'],
      sources: [{ name: 'x', path: new Uint8Array(1), kind: 'tree' as const }],
      skipped: [{ path: new Uint8Array(1), reason: 'x', code: 'x' }],
    };
    const [earlier] = decodeManifest(encoded({}, { earlier: [long] })).earlier;
    expect(earlier).toEqual(HEADER);
  });

  test('are read or refused when they are damaged', () => {
    fc.assert(
      fc.property(
        manifest,
        mutation,
        (one, how) => void reads(decodeManifest, mutated(encodeManifest(one), how)),
      ),
      { numRuns: 500 },
    );
    fc.assert(fc.property(anyBytes(200), (bytes) => void reads(decodeManifest, bytes)));
  });

  const whole = encoded({});
  const cases: [name: string, bytes: Uint8Array, message: RegExp][] = [
    ['without a snapshot id', encoded({ snapshot: new Uint8Array(0) }), /an id in it is none/],
    ['without everything after the job', field(1, Array.from(HEADER.job)), /which push it is/],
    ['of an unknown kind', field(3, [4]), /its kind is unknown/],
    ['on an unknown platform', field(19, [3]), /its platform is unknown/],
    ['with a number that goes on', field(2, [1, 1]), /bytes too many/],
    ['with a time that goes on', field(5, zeros(13)), /bytes too many/],
    [
      'with a machine twice',
      Uint8Array.from([...field(12, HEADER.machine as never), ...field(12, [])]),
      /field 12 stands twice/,
    ],
    [
      'with two bases',
      Uint8Array.from([...whole, ...field(32, zeros(33)), ...field(32, [])]),
      /field 32 stands twice/,
    ],
    ['with changes twice', Uint8Array.from([...whole, ...field(33, []), ...field(34, [0])]), /changes twice/],
    ['with a base that goes on', Uint8Array.from([...whole, ...field(32, zeros(34))]), /bytes too many/],
    [
      'of a newer program',
      Uint8Array.from([...whole, ...field(37, [])]),
      /field 37 that this version cannot read/,
    ],
    ['with too many tags', encoded({ tags: zeros(65).map(String) }), /too many tags/],
    [
      'with too many skipped paths',
      encoded({ skipped: zeros(1001).map(() => ({ path: new Uint8Array(1), reason: '', code: '' })) }),
      /too many skipped paths/,
    ],
  ];
  test.each(cases)('are refused %s', (_, bytes, message) => {
    expect(() => decodeManifest(bytes)).toThrow(message);
  });

  test('keep what a newer program may add to the header', () => {
    const unknown = [{ number: 25, critical: false, value: Uint8Array.of(1) }];
    expect(decodeManifest(encoded({ unknown })).header.unknown).toEqual(unknown);
  });
});

describe('what a manifest may have by its kind', () => {
  const base = { number: 4, hash: new Uint8Array(32) };
  const state = { depth: 0, items: [] };
  const check =
    (header: Partial<SnapshotHeader>, rest: Partial<Manifest> = {}) =>
    () =>
      checkManifest({ header: { ...HEADER, ...header }, earlier: [], ...rest }, 'the test');

  test('is accepted', () => {
    check({ kind: 'registration', number: 0 })();
    check({ kind: 'fence' }, { earlier: [HEADER] })();
    for (const kind of ['snapshot', 'partial'] as const) {
      check({ kind })();
      check({ kind }, { base, state, changes: new Uint8Array(1) })();
    }
  });

  const cases: [name: string, accepted: () => void, message: RegExp][] = [
    ['a late registration', check({ kind: 'registration' }), /number 0 registers/],
    ['a snapshot of number 0', check({ number: 0 }), /number 0 registers/],
    [
      'a registration with changes',
      check({ kind: 'registration', number: 0 }, { changes: new Uint8Array(1) }),
      /no entries/,
    ],
    [
      'a registration with earlier ones',
      check({ kind: 'registration', number: 0 }, { earlier: [HEADER] }),
      /no entries/,
    ],
    ['a fence with a state', check({ kind: 'fence' }, { state }), /a fence has no entries/],
    ['a fence with a base', check({ kind: 'fence' }, { base }), /a fence has no entries/],
    ['a base that is not earlier', check({}, { base: { ...base, number: 5 } }), /builds on a later one/],
  ];
  test.each(cases)('refuses %s', (_, accepted, message) => expect(accepted).toThrow(message));
});

describe('run lists', () => {
  test('come back; that of no entries is one byte', () => {
    fc.assert(
      fc.property(runList, (list) => {
        expect(decodeRunList(encodeRunList(list))).toEqual(list);
      }),
    );
    expect(encodeRunList({ depth: 0, items: [] })).toEqual(Uint8Array.of(0));
  });

  test('are read or refused when they are damaged', () => {
    fc.assert(
      fc.property(
        runList,
        mutation,
        (list, how) => void reads(decodeRunList, mutated(encodeRunList(list), how)),
      ),
    );
    fc.assert(fc.property(anyBytes(200), (bytes) => void reads(decodeRunItems, bytes)));
  });

  const cases: [name: string, bytes: number[], message: RegExp][] = [
    ['of nothing', [], /too deep/],
    ['too deep', [5], /too deep/],
    ['of lists of nothing', [1], /names none/],
    ['with a hole', [0, 3], /has a hole/],
    ['with a segment of nothing', [0, 0, ...zeros(33)], /no bytes/],
  ];
  test.each(cases)('are refused %s', (_, bytes, message) => {
    expect(() => decodeRunList(Uint8Array.from(bytes))).toThrow(message);
  });
});
