import { type CronTimes, eitherDay, isEvery, runsOf } from './cron-times.ts';
import { type CommandLine, systemdCommand } from './quoting.ts';
import type { Schedule } from './schedule.ts';
import { timesOf, triggerText } from './trigger.ts';

/** `bmcloud-NAME`, without `.timer` or `.service`. */
export function unitName(name: string): string {
  return `bmcloud-${name}`;
}

/** The text of `bmcloud-NAME.timer`. */
export function timerUnit(schedule: Schedule): string {
  const calendar = eitherDay(timesOf(schedule.trigger)).map((times) => `OnCalendar=${calendarText(times)}\n`);
  return `# Written by bmcloud: see "bmcloud schedule show ${schedule.name}".
[Unit]
Description=bmcloud push "${schedule.name}", ${triggerText(schedule.trigger)}

[Timer]
${calendar.join('')}AccuracySec=1s
Persistent=true

[Install]
WantedBy=timers.target
`;
}

/**
 * The text of `bmcloud-NAME.service`. The first signal goes to our process alone, which passes it on once: a second one would end
 * the push at once. What is busy (11) or skipped files (3) is a failed unit on purpose: it shows in `systemctl --failed`.
 */
export function serviceUnit(schedule: Schedule, command: CommandLine): string {
  const network =
    schedule.account === 'system' ? 'Wants=network-online.target\nAfter=network-online.target\n' : '';
  return `# Written by bmcloud: see "bmcloud schedule show ${schedule.name}".
[Unit]
Description=bmcloud push "${schedule.name}"
${network}
[Service]
Type=oneshot
ExecStart=${systemdCommand(command)}
KillMode=mixed
TimeoutStartSec=3d
TimeoutStopSec=60s
Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7
`;
}

/**
 * The text of `bmcloud-NAME.service` of a watch. It says itself that it is ready and alive, by children of ours. What waiting does
 * not mend (usage, keys) is not tried again and again.
 */
export function watchUnit(schedule: Schedule, command: CommandLine): string {
  const isSystem = schedule.account === 'system';
  const network = isSystem ? 'Wants=network-online.target\nAfter=network-online.target\n' : '';
  return `# Written by bmcloud: see "bmcloud schedule show ${schedule.name}".
[Unit]
Description=bmcloud watch "${schedule.name}"
${network}
[Service]
Type=notify
NotifyAccess=all
WatchdogSec=10min
ExecStart=${systemdCommand(command)}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=60s
RestartPreventExitStatus=2 12
KillMode=mixed
TimeoutStopSec=60s
Nice=10
IOSchedulingClass=best-effort
IOSchedulingPriority=7

[Install]
WantedBy=${isSystem ? 'multi-user.target' : 'default.target'}
`;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `Mon,Fri *-*-* 08:00:00`. At most one of day and weekday may be restricted. */
export function calendarText(times: CronTimes): string {
  const part = (key: 'months' | 'days' | 'hours' | 'minutes') =>
    isEvery(times, key) ? '*' : list(times[key]);
  const days = isEvery(times, 'weekdays') ? '' : `${times.weekdays.map((day) => weekdays[day]).join(',')} `;
  return `${days}*-${part('months')}-${part('days')} ${part('hours')}:${part('minutes')}:00`;
}

function list(values: number[]): string {
  return runsOf(values)
    .map(([from, to]) =>
      to - from < 2
        ? values
            .filter((v) => v >= from && v <= to)
            .map(two)
            .join(',')
        : `${two(from)}..${two(to)}`,
    )
    .join(',');
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
