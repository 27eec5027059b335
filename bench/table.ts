import { bestPeer, isOurs, limitOf, medianOf, verdicts } from './goals.ts';
import { median } from './measure.ts';
import { isSameWork, type Row } from './notes.ts';

/** Figures of all programs for each piece of work; ours beside the best of the others, and beside what is possible. */
export function markdownTables(rows: Row[], titles: (scenario: string) => string): string {
  const places = new Set(rows.map(({ scenario, store }) => JSON.stringify([scenario, store])));
  const tables = [...places].map((place) => {
    const [scenario, store] = JSON.parse(place) as [string, string];
    const some = rows.filter((row) => row.scenario === scenario && row.store === store);
    const title = [titles(scenario), store].filter((part) => part !== '').join(', ');
    const isGrowth = some.some(({ units }) => units !== undefined);
    return `## ${title}\n\n${isGrowth ? growthTable(some) : table(some, rows)}`;
  });
  return tables.join('\n');
}

const FIGURES = ['wall s', 'CPU s', 'memory MiB', 'stored MiB'];
const WIRE = ['requests', 'sent MiB', 'received MiB'];
const RATIOS = ['wall, of the best peer', 'CPU, of the best peer', 'wall, of the limit'];

function table(some: Row[], all: Row[]): string {
  const hasWire = some.some(({ costs }) => costs.some(({ wire }) => wire));
  const heads = [...FIGURES, ...(hasWire ? WIRE : []), ...RATIOS];
  const lines = [line(['work', 'program', ...heads, 'goal']), `|---|---|${'--:|'.repeat(heads.length)}---|`];
  const works = some.filter((row, i) => some.findIndex((other) => isSameWork(other, row)) === i);
  for (const work of works) {
    const same = some.filter((row) => isSameWork(row, work));
    for (const row of same) {
      const cells = [...figures(row), ...(hasWire ? wireOf(row) : []), ...ratios(row, same)];
      lines.push(line([row.name, row.peer, ...cells, verdicts(row, all).join('; ')]));
    }
  }
  return `${lines.join('\n')}\n`;
}

function figures(row: Row): string[] {
  const stored = row.stored === undefined ? '' : mebibytes(row.stored);
  return [
    seconds(medianOf(row, 'wall')),
    seconds(medianOf(row, 'cpu')),
    medianOf(row, 'memory').toFixed(0),
    stored,
  ];
}

function wireOf({ costs }: Row): string[] {
  const wires = costs.map(({ wire }) => wire).filter((wire) => wire !== undefined);
  if (wires.length === 0) return ['', '', ''];
  const requests = median(wires.map((wire) => wire.requests));
  const [sent, received] = (['sent', 'received'] as const).map((way) =>
    median(wires.map((wire) => wire[way])),
  );
  return [requests.toFixed(0), mebibytes(sent ?? 0), mebibytes(received ?? 0)];
}

function ratios(row: Row, same: Row[]): string[] {
  if (!isOurs(row)) return ['', '', ''];
  const of = (value: number, measure: number | undefined) =>
    measure === undefined ? '' : `${(value / measure).toFixed(2)}x`;
  const wall = medianOf(row, 'wall');
  return [
    of(wall, bestPeer(same, 'wall')),
    of(medianOf(row, 'cpu'), bestPeer(same, 'cpu')),
    of(wall, limitOf(same)),
  ];
}

function growthTable(rows: Row[]): string {
  const heads = ['wall s', 'CPU s', 'memory MiB', 'wall µs of one', 'wall, of the smallest'];
  const lines = [line(['work', 'program', 'of', ...heads]), `|---|---|--:|${'--:|'.repeat(heads.length)}`];
  for (const row of rows) {
    const units = row.units ?? 1;
    const smallest = rows.find((one) => one.name === row.name && one.peer === row.peer) ?? row;
    const isPerFile = row.scenario === 'more files';
    const per = (one: Row) => medianOf(one, 'wall') / (isPerFile ? (one.units ?? 1) : 1);
    const cells = [
      ...figures(row).slice(0, 3),
      isPerFile ? (per(row) * 1e6).toFixed(1) : '',
      `${(per(row) / per(smallest)).toFixed(2)}x`,
    ];
    lines.push(line([row.name, row.peer, String(units), ...cells]));
  }
  return `${lines.join('\n')}\n`;
}

function seconds(value: number): string {
  return value.toFixed(value < 1 ? 3 : 2);
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}

function line(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
