import type { KeyInfo } from '../index.ts';
import { formatMinute } from './format.ts';
import { renderFacts, renderTable } from './table.ts';

export interface InitResult {
  id: string;
  location: string;
  conditionalWrites: boolean;
  recoveryKeySaved: boolean;
}

/** What `init` tells. */
export function initReport({ id, location, conditionalWrites, recoveryKeySaved }: InitResult): string {
  const facts = renderFacts([
    ['Location', location],
    ['Id', id],
  ]);
  const weak = conditionalWrites
    ? ''
    : 'This store ignores conditional writes: pushes still cannot lose one another, but pruning will need more care.\n';
  const lost = recoveryKeySaved
    ? ''
    : 'The recovery key was not shown, as there is no terminal. Make one: bmcloud key add --recovery --recovery-key-file FILE\n';
  return `The repository is made.\n${facts}${weak}${lost}Use it by default: bmcloud config set repository ${location}\n`;
}

/** What `key list` tells. */
export function keysReport(keys: KeyInfo[], columns: number): string {
  const titles = [
    { title: 'ID' },
    { title: 'ROLE' },
    { title: 'CREATED' },
    { title: 'LABEL', shrink: 'start' as const },
    { title: '' },
  ];
  const rows = keys.map((key) => [
    key.id.slice(0, 8),
    key.role,
    formatMinute(new Date(key.created)),
    key.label,
    key.current ? '(used now)' : '',
  ]);
  return renderTable(titles, rows, columns);
}
