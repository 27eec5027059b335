import { describe, expect, test } from 'vitest';
import { writeField } from '../../src/model/record.ts';
import { Writer } from '../../src/model/wire.ts';
import { decodeSlotRecord, encodeSlotRecord } from '../../src/seal/slot-record.ts';
import { owner, pushOnly } from './known.ts';

const damage = expect.objectContaining({ code: 'damaged' });
const ownerSlot = { id: '00', role: 'owner' as const, domain: '00'.repeat(16) };
const machineSlot = { id: '00', role: 'push-only' as const, domain: '09'.repeat(16) };
const { repository, sealPublic, signPublic } = owner.write;
const master = owner.owner!.master;

type Written = [number, Uint8Array, critical?: boolean];

function record(...fields: Written[]): Uint8Array {
  const writer = new Writer();
  for (const [number, value, critical = true] of fields) writeField(writer, number, critical, value);
  return writer.take();
}

const whole: Written[] = [
  [1, repository],
  [2, sealPublic],
  [3, signPublic],
  [4, master],
];

test('what was encoded for a role is decoded', () => {
  const { write, owner: secrets } = owner;
  expect(encodeSlotRecord('owner', owner)).toEqual(record(...whole));
  expect(decodeSlotRecord(encodeSlotRecord('recovery', owner), ownerSlot)).toEqual({ write, owner: secrets });
  expect(decodeSlotRecord(encodeSlotRecord('push-only', pushOnly), machineSlot)).toEqual({
    write: pushOnly.write,
  });
});

test('fields of a newer program are passed over, unless they are critical', () => {
  expect(decodeSlotRecord(record(...whole, [9, repository, false]), ownerSlot).write).toEqual(owner.write);
  expect(() => decodeSlotRecord(record(...whole, [9, repository]), ownerSlot)).toThrow(
    expect.objectContaining({ code: 'newer-format' }),
  );
});

describe('damage is', () => {
  test.each([1, 2, 3, 4])('a missing field %i', (number) => {
    const fields = whole.filter(([other]) => other !== number);
    expect(() => decodeSlotRecord(record(...fields), ownerSlot)).toThrow(/is missing/);
  });

  test.each([1, 2, 3, 4])('a field %i that stands twice', (number) => {
    const fields = whole.flatMap((field) => (field[0] === number ? [field, field] : [field]));
    expect(() => decodeSlotRecord(record(...fields), ownerSlot)).toThrow(/stands twice/);
  });

  test.each([1, 2, 3, 4])('a field %i of another length', (number) => {
    const fields = whole.map(([n, value]): Written => [n, n === number ? value.subarray(1) : value]);
    expect(() => decodeSlotRecord(record(...fields), ownerSlot)).toThrow(/wrong length/);
  });

  test.each([1, 2, 3, 4])('a field %i that does not belong to the others', (number) => {
    const fields = whole.map(
      ([n, value]): Written => [n, n === number ? new Uint8Array(value.length) : value],
    );
    expect(() => decodeSlotRecord(record(...fields), ownerSlot)).toThrow(/do not belong together/);
  });

  test('another domain than the slot says', () => {
    const machine = encodeSlotRecord('push-only', pushOnly);
    expect(() => decodeSlotRecord(machine, { ...machineSlot, domain: '0a'.repeat(16) })).toThrow(damage);
    expect(() => decodeSlotRecord(record(...whole), { ...ownerSlot, domain: '0a'.repeat(16) })).toThrow(
      damage,
    );
  });

  test('the record of another role', () => {
    expect(() => decodeSlotRecord(record(...whole), machineSlot)).toThrow(damage);
    expect(() => decodeSlotRecord(encodeSlotRecord('push-only', pushOnly), ownerSlot)).toThrow(damage);
  });
});
