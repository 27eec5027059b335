import { type ChildCommand, runChild, systemProgram } from './child.ts';
import type { Environment } from './environment.ts';

/** What a desktop notification says. */
export interface Notification {
  /** Does not begin with a dash. */
  title: string;
  text: string;
}

const TIMEOUT = 15_000;

/** Shows a notification on the desktop. @returns a warning when that was not possible. Never throws. */
export async function notify(
  notification: Notification,
  { env, platform }: Pick<Environment, 'env' | 'platform'>,
  run: typeof runChild = runChild,
): Promise<string | undefined> {
  const { variables, ...command } = notifyCommand(notification, { env, platform });
  const problem = await run(command, { env: { ...env, ...variables }, platform, timeoutMs: TIMEOUT });
  return problem === undefined ? undefined : `No notification could be shown: ${problem}`;
}

/** The program of the desktop that shows a notification. No part of the text is ever read as code. */
export function notifyCommand(
  notification: Notification,
  { env, platform }: Pick<Environment, 'env' | 'platform'>,
): ChildCommand & { variables?: Record<string, string> } {
  const title = printable(notification.title);
  const text = printable(notification.text);
  if (platform === 'win32') {
    return {
      program: systemProgram(env, 'WindowsPowerShell\\v1.0\\powershell.exe'),
      args: ['-NoProfile', '-NonInteractive', '-EncodedCommand', encoded(toastScript)],
      variables: { BMCLOUD_TOAST: toast(title, text) },
    };
  }
  if (platform === 'darwin') {
    return {
      program: '/usr/bin/osascript',
      args: [...appleScript.flatMap((line) => ['-e', line]), title, text],
    };
  }
  return { program: 'notify-send', args: ['--app-name=bmcloud', '--', title, escapeMarkup(text)] };
}

function printable(text: string): string {
  return text.replace(/(?!\n)\p{Cc}/gu, ' ');
}

const appleScript = [
  'on run argv',
  'display notification (item 2 of argv) with title (item 1 of argv)',
  'end run',
];

/** Names of files are no markup; desktops read it all the same. */
function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function toast(title: string, text: string): string {
  const lines = [title, text].map((line) => `<text>${escapeMarkup(line)}</text>`).join('');
  return `<toast><visual><binding template="ToastGeneric">${lines}</binding></visual></toast>`;
}

/** As PowerShell wants it: base64 of UTF-16LE. */
function encoded(script: string): string {
  return Buffer.from(script, 'utf16le').toString('base64');
}

/** Windows shows toasts of registered programs only: PowerShell is one, by this name. */
const POWERSHELL = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe';

const toastScript = `$ErrorActionPreference = 'Stop'
[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
[void][Windows.Data.Xml.Dom.XmlDocument, Windows.Data.Xml.Dom.XmlDocument, ContentType = WindowsRuntime]
$xml = New-Object Windows.Data.Xml.Dom.XmlDocument
$xml.LoadXml($env:BMCLOUD_TOAST)
$toast = New-Object Windows.UI.Notifications.ToastNotification $xml
[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('${POWERSHELL}').Show($toast)
`;
