import type { Finding, VerifyResult } from '../index.ts';
import { formatBytes, formatCount, plural } from './format.ts';
import type { Style } from './style.ts';
import { renderFacts } from './table.ts';

const AFFECTED_SHOWN = 5;

/** What `verify` tells. */
export function verifyReport(result: VerifyResult, style: Style): string {
  const { problems } = result;
  const verdict =
    problems.length === 0
      ? style.green('No problem was found')
      : style.red(`${plural(problems.length, 'problem')} found`);
  const facts = renderFacts([
    ['Snapshots', formatCount(result.snapshots)],
    ['Packs', formatCount(result.packs)],
    ['Chunks', formatCount(result.chunks)],
    ['Data read', formatBytes(result.bytesRead)],
  ]);
  return `${problems.map(problemText).join('')}${verdict}\n${facts}`;
}

function problemText({ where, what, affects }: VerifyResult['problems'][number]): string {
  const shown = affects.slice(0, AFFECTED_SHOWN).map((name) => `    affects ${name}\n`);
  const hidden = affects.length - shown.length;
  return `  ${where}: ${what}\n${shown.join('')}${hidden > 0 ? `    and ${formatCount(hidden)} more\n` : ''}`;
}

/** What `doctor` tells: one line a check, and what to do. */
export function doctorReport(findings: Finding[], style: Style): string {
  const words = {
    ok: style.green('ok       '),
    warning: style.yellow('warning  '),
    problem: style.red('problem  '),
    unchecked: 'unchecked',
  };
  return findings
    .map(({ check, status, message, hint }) => {
      const advice = hint === undefined || status === 'ok' ? '' : `             ${hint}\n`;
      return `  ${words[status]}  ${check}: ${message}\n${advice}`;
    })
    .join('');
}
