/*
 * Which errors of a source may pass by themselves. Permission and not-found never do: waiting for them would only hide them.
 */

/** Somebody holds the file: sharing and lock violations on Windows, leases and mandatory locks elsewhere. */
const HELD = new Set(['EBUSY', 'EAGAIN', 'EWOULDBLOCK', 'ETXTBSY', 'EDEADLK', 'ENOLCK']);

/** The network under a mounted directory had a hiccup. */
const NETWORK = new Set([
  'EINTR',
  'ETIMEDOUT',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ESTALE',
]);

/** Whether another program may be the reason: then it is worth asking who, and reading from a shadow. */
export function isHeld(code: string): boolean {
  return HELD.has(code);
}

/** Whether reading again may succeed. */
export function isTransient(code: string): boolean {
  return HELD.has(code) || NETWORK.has(code);
}
