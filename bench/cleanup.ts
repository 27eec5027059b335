/*
 * What a run leaves on the machine while it goes on: mounted images, servers. It goes away with the run, however that ends.
 */

const pending = new Set<() => void>();

/** Notes what is to be undone if the run is stopped. @returns call it to undo it now */
export function undoLater(undo: () => void): () => void {
  const once = () => {
    if (pending.delete(once)) undo();
  };
  pending.add(once);
  return once;
}

/** On Ctrl+C, too, and when something is thrown that nobody expects. */
export function undoAtTheEnd(): void {
  const undoAll = () => {
    for (const undo of [...pending].reverse()) undo();
  };
  process.once('exit', undoAll);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
