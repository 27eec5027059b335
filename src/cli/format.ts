/** Pure formatting for people: sizes are powers of 1024, times are local. */

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `0 B`, `999 B`, `1.5 KiB`, `12.3 GiB`, `123 GiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // What would be rounded up to 1024 belongs to the next unit.
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

/** Bytes per second, for people. */
export function formatRate(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`;
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `2,000 files`, `3 entries`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `0.4 s`, `4.0 s`, `12 s`, `3 min 4 s`, `2 h 5 min`, `3 d 4 h`, from milliseconds. */
export function formatDuration(milliseconds: number): string {
  const tenths = Math.round(milliseconds / 100);
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return pair(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return pair(hours, 'h', minutes % 60, 'min');
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** `2026-11-19 18:00:05`, local. */
export function formatTime(time: Date): string {
  return `${formatDay(time)} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}

/** `2026-11-19 18:00`, local. */
export function formatMinute(time: Date): string {
  return formatTime(time).slice(0, -3);
}

/** `2026-11-19T180005`, local: a time that every file system takes in a name. */
export function formatTimeForName(time: Date): string {
  return formatTime(time).replace(' ', 'T').replaceAll(':', '');
}

function formatDay(time: Date): string {
  return `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

const typeLetters: Record<string, string> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  fifo: 'p',
  socket: 's',
  character: 'c',
  block: 'b',
};

/** `drwxr-xr-x`, as `ls` writes it. */
export function formatMode(type: string, mode: number): string {
  const bits = [0o400, 0o200, 0o100, 0o40, 0o20, 0o10, 4, 2, 1];
  const letters = bits.map((bit, i) => (mode & bit ? 'rwx'[i % 3]! : '-'));
  markSpecial(letters, 2, Boolean(mode & 0o4000), 's');
  markSpecial(letters, 5, Boolean(mode & 0o2000), 's');
  markSpecial(letters, 8, Boolean(mode & 0o1000), 't');
  return (typeLetters[type] ?? '?') + letters.join('');
}

function markSpecial(letters: string[], position: number, set: boolean, letter: string): void {
  if (set) letters[position] = letters[position] === 'x' ? letter : letter.toUpperCase();
}

/** A share of a whole: `0 %`, `99 %`; 100 only when it is whole. */
export function formatPercent(part: number, whole: number): string {
  return whole <= 0 ? '100 %' : `${Math.min(part < whole ? 99 : 100, Math.floor((part / whole) * 100))} %`;
}
