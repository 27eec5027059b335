import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keepEnd, keepStart, padEnd, padStart, textWidth } from '../../src/cli/text-width.ts';

test('wide characters take two columns, combining ones none', () => {
  expect(textWidth('日本')).toBe(4);
  expect(textWidth('e\u0301')).toBe(1);
  expect(textWidth('🙂')).toBe(2);
});

test('paths keep their end, names their beginning', () => {
  expect(keepEnd('a/long/path/file.txt', 10)).toBe('…/file.txt');
  expect(keepStart('a long name', 7)).toBe('a long…');
  expect(keepEnd('short', 10)).toBe('short');
});

test('shortening never exceeds the columns; padding fills them', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '日', '🙂', '/') });
  fc.assert(
    fc.property(text, fc.nat({ max: 30 }), (value, columns) => {
      expect(textWidth(keepEnd(value, columns))).toBeLessThanOrEqual(columns);
      expect(textWidth(keepStart(value, columns))).toBeLessThanOrEqual(columns);
      expect(textWidth(padEnd(value, columns))).toBe(Math.max(columns, textWidth(value)));
      expect(textWidth(padStart(value, columns))).toBe(Math.max(columns, textWidth(value)));
    }),
  );
});
