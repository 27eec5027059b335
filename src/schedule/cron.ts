import { BmcloudError } from '../errors.ts';
import { cronText, eitherDay } from './cron-times.ts';
import { type CommandLine, cronCommand } from './quoting.ts';
import type { Schedule } from './schedule.ts';
import {
  type CommandOf,
  type Machine,
  must,
  NOT_FOUND,
  type Run,
  refused,
  type SystemScheduler,
} from './system.ts';
import { timesOf } from './trigger.ts';

/** A user's crontab: where there is no systemd. Runs that were missed while the machine was off are not made up for. */
export function cronScheduler({ run }: Machine, commandOf: CommandOf): SystemScheduler {
  const add = (schedule: Schedule) =>
    change(run, (table) => withSchedule(table, schedule, commandOf(schedule)));
  const remove = ({ name }: Schedule) => change(run, (table) => withoutSchedule(table, name));
  return {
    kind: 'cron',
    install: async (schedule) => {
      await (schedule.enabled ? add(schedule) : remove(schedule));
      return [
        'systemd was not found, so cron starts it: runs missed while the machine is off are not made up for',
      ];
    },
    remove,
    enable: add,
    disable: remove,
    run: async ({ name }) => {
      throw new BmcloudError('usage', 'cron starts nothing in the background', {
        hint: `Without --background: bmcloud schedule run ${name}`,
      });
    },
    status: async ({ name, enabled }) => {
      if ((await readTable(run)).some((line) => isOurs(line, name))) return 'installed';
      return enabled ? 'missing' : 'disabled';
    },
  };
}

export async function cronAnswers({ run }: Machine): Promise<boolean> {
  return (await run('crontab', ['-l'])).code !== NOT_FOUND;
}

/** The lines of the table with those of one schedule replaced. */
export function withSchedule(table: string[], schedule: Schedule, command: CommandLine): string[] {
  const ours = eitherDay(timesOf(schedule.trigger)).map(
    (times) => `${cronText(times)} ${cronCommand(command)} ${mark(schedule.name)}`,
  );
  return [...withoutSchedule(table, schedule.name), ...ours];
}

export function withoutSchedule(table: string[], name: string): string[] {
  return table.filter((line) => !isOurs(line, name));
}

/** To the shell that cron starts, the mark is a comment. */
function mark(name: string): string {
  return `# bmcloud schedule ${name}`;
}

function isOurs(line: string, name: string): boolean {
  return line.endsWith(` ${mark(name)}`);
}

/** Tables are changed by others too, and there is no lock: what was written is looked at. */
async function change(run: Run, edit: (table: string[]) => string[]): Promise<void> {
  for (let tries = 0; tries < 3; tries++) {
    const table = await readTable(run);
    const edited = edit(table);
    if (edited.join('\n') === table.join('\n')) return;
    await must(run, 'crontab', ['-'], edited.map((line) => `${line}\n`).join(''));
  }
  const table = await readTable(run);
  if (edit(table).join('\n') === table.join('\n')) return;
  throw new BmcloudError('scheduler', 'crontab did not keep what was written', {
    hint: 'Another program changes it at the same time: try again',
  });
}

async function readTable(run: Run): Promise<string[]> {
  const answer = await run('crontab', ['-l']);
  if (answer.code !== 0 && !/no crontab/i.test(answer.stderr)) throw refused('crontab', ['-l'], answer);
  const text = answer.code === 0 ? answer.stdout.replace(/\n$/, '') : '';
  return text === '' ? [] : text.split('\n');
}
