import { BmcloudError } from '../errors.ts';
import { type CronTimes, eitherDay, isEvery } from './cron-times.ts';
import { type CommandLine, escapeXml } from './quoting.ts';
import type { Schedule } from './schedule.ts';
import { timesOf } from './trigger.ts';

/** More than this launchd is not asked to carry. */
const MOST_TIMES = 2000;

/** The name launchd knows a schedule by. */
export function launchdLabel(name: string): string {
  return `bmcloud.${name}`;
}

/** The property list of a schedule. */
export function launchdPlist(schedule: Schedule, command: CommandLine): string {
  const words = command.map((word) => `    <string>${escapeXml(word)}</string>\n`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${launchdLabel(schedule.name)}</string>
  <key>ProgramArguments</key>
  <array>
${words}  </array>
${'watch' in schedule.trigger ? KEPT_RUNNING : timesText(timesOf(schedule.trigger))}  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
  <key>Nice</key>
  <integer>10</integer>
  <key>ExitTimeOut</key>
  <integer>60</integer>
</dict>
</plist>
`;
}

/** From the load on, and again a minute after it failed; one that was told to end stays so. */
const KEPT_RUNNING = `  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>60</integer>
`;

function timesText(trigger: CronTimes): string {
  const times = eitherDay(trigger).flatMap(intervals);
  if (times.length > MOST_TIMES) {
    throw new BmcloudError('usage', `launchd would have to know ${times.length} times for this --cron`, {
      hint: 'Use a simpler one, or --every',
    });
  }
  return `  <key>StartCalendarInterval</key>
  <array>
${times.map(intervalText).join('')}  </array>
`;
}

const keys: [keyof CronTimes, string][] = [
  ['months', 'Month'],
  ['days', 'Day'],
  ['weekdays', 'Weekday'],
  ['hours', 'Hour'],
  ['minutes', 'Minute'],
];

/** launchd knows no lists: each combination is named, and what is left out matches everything. */
function intervals(times: CronTimes): Record<string, number>[] {
  let combined: Record<string, number>[] = [{}];
  for (const [key, name] of keys) {
    if (isEvery(times, key)) continue;
    combined = combined.flatMap((interval) => times[key].map((value) => ({ ...interval, [name]: value })));
  }
  return combined;
}

function intervalText(interval: Record<string, number>): string {
  const lines = Object.entries(interval).map(
    ([name, value]) => `      <key>${name}</key>\n      <integer>${value}</integer>\n`,
  );
  return `    <dict>\n${lines.join('')}    </dict>\n`;
}
