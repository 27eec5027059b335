import { join } from 'node:path';
import { type Command, type Cost, measure } from './measure.ts';

/** What plain tools of the system need for the same data: nobody who reads, compresses and writes is much faster. */
export function limitsOf(source: string, disk: string): Record<string, Command> {
  const archive = join(disk, 'limit.tar.zst');
  const shell = (line: string) => ({ program: 'bash', args: ['-c', `set -o pipefail; ${line}`] });
  return {
    'tar | zstd -1 -T2': shell(`tar -C '${source}' -c . | zstd -q -f -1 -T2 -o '${archive}'`),
    'find -printf': shell(`find '${source}' -printf '%p %s %T@\\n' > /dev/null`),
    'zstd -d | tar -x': shell(
      `mkdir -p '${disk}/limit' && zstd -q -d -c '${archive}' | tar -C '${disk}/limit' -x`,
    ),
  };
}

export async function measureLimits(source: string, disk: string): Promise<Record<string, Cost>> {
  const costs: Record<string, Cost> = {};
  for (const [name, command] of Object.entries(limitsOf(source, disk))) costs[name] = await measure(command);
  return costs;
}
