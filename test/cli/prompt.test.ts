import { expect, test } from 'vitest';
import { confirm, isYes } from '../../src/cli/confirm.ts';
import { typeInto } from '../../src/cli/prompt.ts';
import { fakeEnvironment } from '../fixtures/screen.ts';

test('keys become a line', () => {
  expect(typeInto('', 'päss')).toEqual({ text: 'päss' });
  expect(typeInto('pä', '\u007f\u007fb\r')).toEqual({ text: 'b', end: 'done' });
  expect(typeInto('🙂', '\u007f')).toEqual({ text: '' });
  expect(typeInto('wrong', '\u0015right\n')).toEqual({ text: 'right', end: 'done' });
  expect(typeInto('half', '\u0003')).toEqual({ text: '', end: 'interrupted' });
  expect(typeInto('', '\u0004')).toMatchObject({ end: 'interrupted' });
});

test('only a clear yes is a yes', () => {
  expect(['y', 'Yes', ' YES '].every(isYes)).toBe(true);
  expect(['', 'n', 'yep', 'no', 'yes please'].some(isYes)).toBe(false);
});

test('without a terminal only --yes goes on', async () => {
  expect(await confirm(fakeEnvironment(), 'Delete?', true)).toBe(true);
  await expect(confirm(fakeEnvironment(), 'Delete?', false)).rejects.toMatchObject({ code: 'usage' });
});
