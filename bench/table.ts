import { type Cost, median } from './measure.ts';

/** What one peer needed for one piece of work, in every round. */
export interface Row {
  work: string;
  peer: string;
  costs: Cost[];
  /** In the store afterwards, where that is asked. */
  stored?: number;
}

/** Figures of all peers for each piece of work; ours beside the best of the others. */
export function markdownTable(rows: Row[]): string {
  const lines = [
    '| work | program | wall s | CPU s | memory MiB | stored MiB | wall, of the best peer |',
    '|---|---|--:|--:|--:|--:|--:|',
  ];
  for (const work of new Set(rows.map((row) => row.work))) {
    const some = rows.filter((row) => row.work === work);
    for (const row of some) lines.push(line(row, bestPeer(some)));
  }
  return `${lines.join('\n')}\n`;
}

function line({ work, peer, costs, stored }: Row, best: number | undefined): string {
  const of = (name: keyof Cost) => median(costs.map((cost) => cost[name]));
  const ratio = best === undefined || !isOurs(peer) ? '' : `${(of('wall') / best).toFixed(2)}x`;
  const kept = stored === undefined ? '' : (stored / 1024 ** 2).toFixed(1);
  const figures = [of('wall').toFixed(2), of('cpu').toFixed(2), of('memory').toFixed(0), kept, ratio];
  const cells = [work, peer, ...figures].map((cell) => cell.replaceAll('|', '\\|'));
  return `| ${cells.join(' | ')} |`;
}

/** rclone keeps no snapshots, and limits are no backups: they are shown, and not raced. */
function bestPeer(rows: Row[]): number | undefined {
  const peers = rows.filter(
    ({ peer }) => !isOurs(peer) && !peer.startsWith('rclone') && !peer.startsWith('limit'),
  );
  const walls = peers.map(({ costs }) => median(costs.map(({ wall }) => wall)));
  return walls.length === 0 ? undefined : Math.min(...walls);
}

function isOurs(peer: string): boolean {
  return peer.startsWith('bmcloud');
}
