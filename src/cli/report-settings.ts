import type { EffectiveSettings } from './effective-settings.ts';
import { formatBytes, formatDuration, formatRate } from './format.ts';
import { renderTable } from './table.ts';

/** Settings for people: a line each, a line for each of a list. */
export function settingsReport(title: string, settings: EffectiveSettings, width: number): string {
  const rows = Object.entries(settings).flatMap(([name, { value, from }]) =>
    textsOf(name, value).map((text, i) => (i === 0 ? [name, text, from] : ['', text, ''])),
  );
  const columns = [{ title: 'SETTING' }, { title: 'VALUE', shrink: 'start' as const }, { title: 'FROM' }];
  return `${title}\n${renderTable(columns, rows, width)}`;
}

function textsOf(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return value.length === 0 ? ['none'] : value.map(String);
  if (typeof value === 'object' && value !== null) return [partsText(value)];
  const format = typeof value === 'number' ? formats[name] : undefined;
  return [format === undefined ? String(value) : format(value as number)];
}

const formats: Record<string, (value: number) => string> = {
  'limits.upload': formatRate,
  'limits.download': formatRate,
  excludeLargerThan: formatBytes,
  readSize: formatBytes,
  retryDelay: formatDuration,
};

/** A hook, or when something runs. */
function partsText(value: object): string {
  if ('command' in value && 'timeout' in value)
    return `a command, for ${formatDuration(Number(value.timeout))} at most`;
  return Object.entries(value)
    .map(([name, one]) => (one === true ? name : `${name} ${one}`))
    .join(', ');
}
