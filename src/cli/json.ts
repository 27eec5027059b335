/** The text of a value for programs: dates as ISO 8601, big integers as strings, bytes in hexadecimal. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    return part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part;
  });
}
