import { BmcloudError } from '../errors.ts';

/*
 * A list of arguments as each system writes it down. What comes out of its reader is the same list, or it is refused.
 */

/** A command and its arguments, as the process gets them. */
export type CommandLine = readonly [command: string, ...args: string[]];

/** For POSIX shells. */
export function quoteShell(text: string): string {
  return /^[A-Za-z0-9_./:=@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** For a line of a crontab: cron takes `%` for the end of a line, quoted or not. Backslashes are read differently by each cron. */
export function cronCommand(words: CommandLine): string {
  refuseControl(words, 'crontab');
  const unfit = words.find((word) => word.includes('\\'));
  if (unfit !== undefined) throw unfitFor(unfit, 'crontab');
  return words.map(quoteShell).join(' ').replaceAll('%', '\\%');
}

/** For `ExecStart=` and the like: quotes and backslashes, then specifiers (`%`) and variables (`$`). */
export function systemdCommand(words: CommandLine): string {
  // In the path of the program itself systemd replaces no variables, so there a `$` stands for itself.
  return words.map((word, i) => systemdQuote(i === 0 ? word : word.replaceAll('$', '$$$$'))).join(' ');
}

/** One word of a unit file. */
export function systemdQuote(word: string): string {
  refuseControl([word], 'systemd unit');
  const escaped = word.replaceAll('%', '%%').replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  return /^[A-Za-z0-9_./:=@,+%-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

/**
 * Arguments as `CommandLineToArgvW` takes them apart again: backslashes count only before a quote. The Task Scheduler replaces
 * `%NAME%` and `$(NAME)` and has no way to write them otherwise.
 */
export function windowsArguments(words: readonly string[]): string {
  refuseControl(words, 'scheduled task');
  const unfit = words.find((word) => /%[^%]+%|\$\(/.test(word));
  if (unfit !== undefined) throw unfitFor(unfit, 'scheduled task');
  return words.map(quoteWindows).join(' ');
}

function quoteWindows(word: string): string {
  if (word !== '' && !/[\s"]/.test(word)) return word;
  return `"${word.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

/** Text inside an element of XML. */
export function escapeXml(text: string): string {
  refuseControl([text], 'XML file');
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** A line's end would begin another line of a file that is read by lines; other control characters have no form in XML. */
function refuseControl(words: readonly string[], where: string): void {
  const unfit = words.find((word) => /\p{Cc}/u.test(word));
  if (unfit !== undefined) throw unfitFor(unfit, where);
}

function unfitFor(word: string, where: string): BmcloudError {
  return new BmcloudError('usage', `${JSON.stringify(word)} cannot stand in a ${where}`, {
    hint: 'Install bmcloud, or keep its configuration, in a directory with a plainer name',
  });
}
