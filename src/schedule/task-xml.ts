import { type CommandLine, escapeXml, windowsArguments } from './quoting.ts';
import type { Schedule } from './schedule.ts';
import { triggersXml, watchTriggersXml } from './task-triggers.ts';
import { timesOf, triggerText } from './trigger.ts';

/** As whom a task runs. */
export interface Principal {
  /** `DOMAIN\\user`, or SYSTEM. */
  account: { user: string } | 'system';
  /**
   * Of a user: `background` runs without a window, whether he is logged in or not, and has no password with it, so that it reaches no
   * network shares (S4U); `interactive` runs in his session.
   */
  session: 'background' | 'interactive';
  /** With all the rights the account has. */
  elevated: boolean;
}

/** The folder and name in the Task Scheduler. */
export function taskName(name: string): string {
  return `\\bmcloud\\${name}`;
}

/** The definition of a task, as text. No argument of the push stands in it, so no secret can. */
export function taskXml(schedule: Schedule, [command, ...args]: CommandLine, principal: Principal): string {
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Author>bmcloud</Author>
    <Description>${escapeXml(descriptionOf(schedule))}</Description>
    <URI>${taskName(schedule.name)}</URI>
  </RegistrationInfo>
  <Triggers>
${startsOf(schedule, principal)}  </Triggers>
  <Principals>
    <Principal id="Author">
${principalXml(principal)}    </Principal>
  </Principals>
  <Settings>
    <Enabled>${schedule.enabled}</Enabled>
    <Hidden>true</Hidden>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <StartWhenAvailable>true</StartWhenAvailable>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <RunOnlyIfNetworkAvailable>false</RunOnlyIfNetworkAvailable>
    <RunOnlyIfIdle>false</RunOnlyIfIdle>
    <IdleSettings>
      <StopOnIdleEnd>false</StopOnIdleEnd>
      <RestartOnIdle>false</RestartOnIdle>
    </IdleSettings>
    <WakeToRun>false</WakeToRun>
    <AllowHardTerminate>true</AllowHardTerminate>
${'watch' in schedule.trigger ? ENDLESS : '    <ExecutionTimeLimit>P3D</ExecutionTimeLimit>\n'}    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${escapeXml(command)}</Command>
      <Arguments>${escapeXml(windowsArguments(args))}</Arguments>
    </Exec>
  </Actions>
</Task>
`.replaceAll('\n', '\r\n');
}

/** Without a limit; a start that fails is tried again every minute. */
const ENDLESS = `    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <RestartOnFailure>
      <Interval>PT1M</Interval>
      <Count>255</Count>
    </RestartOnFailure>
`;

function descriptionOf({ name, trigger }: Schedule): string {
  return 'watch' in trigger ? `bmcloud watch "${name}"` : `bmcloud push "${name}", ${triggerText(trigger)}`;
}

function startsOf({ trigger, created }: Schedule, { account, session }: Principal): string {
  const day = localDay(new Date(created));
  if (!('watch' in trigger)) return triggersXml(timesOf(trigger), day);
  return watchTriggersXml(account === 'system' || session === 'background' ? undefined : account.user, day);
}

/** The definition as the Task Scheduler reads it from a file: UTF-16, little-endian, with its mark. */
export function taskFile(xml: string): Uint8Array {
  return Buffer.from(`\ufeff${xml}`, 'utf16le');
}

/** The well-known identity of SYSTEM, which has another name in every language. */
const SYSTEM = 'S-1-5-18';

function principalXml({ account, session, elevated }: Principal): string {
  const runLevel = `      <RunLevel>${elevated ? 'HighestAvailable' : 'LeastPrivilege'}</RunLevel>\n`;
  if (account === 'system') return `      <UserId>${SYSTEM}</UserId>\n${runLevel}`;
  const logon = session === 'background' ? 'S4U' : 'InteractiveToken';
  return `      <UserId>${escapeXml(account.user)}</UserId>\n      <LogonType>${logon}</LogonType>\n${runLevel}`;
}

function localDay(time: Date): string {
  const [month, day] = [time.getMonth() + 1, time.getDate()].map((part) => String(part).padStart(2, '0'));
  return `${time.getFullYear()}-${month}-${day}`;
}
