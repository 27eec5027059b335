import { expect, test } from 'vitest';
import { renderFacts, renderTable } from '../../src/cli/table.ts';
import { textWidth } from '../../src/cli/text-width.ts';

const columns = [
  { title: 'ID' },
  { title: 'SIZE', align: 'right' as const },
  { title: 'PATH', shrink: 'end' as const },
];
const rows = [
  ['a', '1 B', 'documents/letters/2026/to-the-bank.odt'],
  ['bb', '12.0 KiB', 'x'],
];

test('columns are aligned, lines have no blanks at their end', () => {
  expect(renderTable(columns, rows, 200)).toBe(
    'ID      SIZE  PATH\na        1 B  documents/letters/2026/to-the-bank.odt\nbb  12.0 KiB  x\n',
  );
});

test('what may shrink shrinks to the width', () => {
  const lines = renderTable(columns, rows, 30).trimEnd().split('\n');
  expect(Math.max(...lines.map(textWidth))).toBe(30);
  expect(lines[1]).toMatch(/….*bank\.odt$/);
});

test('what may not shrink never does', () => {
  expect(renderTable(columns, rows, 5)).toContain('12.0 KiB');
});

test('facts are aligned', () => {
  expect(
    renderFacts([
      ['New', '1'],
      ['Deleted', '2'],
    ]),
  ).toBe('  New      1\n  Deleted  2\n');
});
