import { keepEnd, keepStart, padEnd, padStart, textWidth } from './text-width.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** May be shortened when the terminal is narrow, keeping this end. At least a few columns stay. */
  shrink?: 'start' | 'end';
}

const GAP = '  ';
const LEAST = 8;

/** Rows under titles, aligned, within `width` columns where shrinking allows it; lines end in a newline. */
export function renderTable(columns: Column[], rows: string[][], width: number): string {
  const widths = columns.map((c, i) =>
    Math.max(textWidth(c.title), ...rows.map((r) => textWidth(r[i] ?? ''))),
  );
  shrink(columns, widths, width);
  const titles = columns.map((c) => c.title);
  return [titles, ...rows].map((row) => `${renderRow(columns, widths, row)}\n`).join('');
}

function shrink(columns: Column[], widths: number[], width: number): void {
  let excess = widths.reduce((sum, w) => sum + w, 0) + GAP.length * (widths.length - 1) - width;
  while (excess > 0) {
    const widest = widestShrinkable(columns, widths);
    if (widest < 0) return;
    widths[widest]! -= 1;
    excess -= 1;
  }
}

function widestShrinkable(columns: Column[], widths: number[]): number {
  let widest = -1;
  for (const [i, column] of columns.entries()) {
    if (!column.shrink || widths[i]! <= LEAST) continue;
    if (widest < 0 || widths[i]! > widths[widest]!) widest = i;
  }
  return widest;
}

function renderRow(columns: Column[], widths: number[], row: string[]): string {
  const cells = columns.map((column, i) => {
    const text = shorten(row[i] ?? '', widths[i]!, column);
    return column.align === 'right' ? padStart(text, widths[i]!) : padEnd(text, widths[i]!);
  });
  return cells.join(GAP).trimEnd();
}

function shorten(text: string, width: number, column: Column): string {
  if (!column.shrink) return text;
  return column.shrink === 'end' ? keepEnd(text, width) : keepStart(text, width);
}

/** Facts as aligned `label  value` lines, indented by two. */
export function renderFacts(facts: [label: string, value: string][]): string {
  const width = Math.max(0, ...facts.map(([label]) => textWidth(label)));
  return facts.map(([label, value]) => `  ${padEnd(label, width)}  ${value}\n`).join('');
}
