import { expect, test } from 'vitest';
import { isShadowName, shadowNames } from '../../src/shadow/names.ts';
import { lacks } from '../fixtures/platform.ts';
import { LEFT_NAME, names, OTHERS_NAME, OUR_NAME } from './made-up.ts';

test('a name says whose it is', () => {
  expect(names().make()).toBe(OUR_NAME);
  expect([OUR_NAME, OTHERS_NAME, LEFT_NAME].map((name) => names().leftSince(name))).toEqual([
    undefined,
    undefined,
    new Date(900),
  ]);
  expect(names().leftSince(`.${LEFT_NAME}`)).toEqual(new Date(900));
});

test.skipIf(lacks('proc'))('real names are told, and all different', () => {
  const real = shadowNames();
  const made = Array.from({ length: 100 }, () => real.make());
  expect(new Set(made).size).toBe(100);
  expect(made.every(isShadowName)).toBe(true);
  // Of vg--name--… only so many fit: LVM allows 127 characters, with every hyphen doubled.
  expect(Math.max(...made.map((name) => name.replaceAll('-', '--').length))).toBeLessThan(90);
});

test.each([
  'data',
  'bmcloud-shadow-',
  'bmcloud-shadow-99-900-5-6-',
  `x${LEFT_NAME}`,
  `${LEFT_NAME}/x`,
  `${LEFT_NAME}\n`,
  'bmcloud-shadow-99-900-5-6-beef@x',
  'bmcloud-shadow-self-900-5-6-beef',
])('%j is not of us', (name) => {
  expect(isShadowName(name)).toBe(false);
  expect(names().leftSince(name)).toBeUndefined();
});
