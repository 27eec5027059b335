import { runChild } from './child.ts';
import type { Environment } from './environment.ts';

/** Tells systemd how a service fares; elsewhere it tells nobody. */
export interface ServiceNotifier {
  /** Ready, and from now on alive, as often as systemd wants to hear it. */
  ready: () => Promise<void>;
  stopping: () => Promise<void>;
}

const TIMEOUT = 10_000;

/**
 * Node has no datagram sockets of Unix, so `systemd-notify` speaks for us: the unit needs `NotifyAccess=all`.
 * @param warn told once, where it cannot be run
 */
export function serviceNotifier(
  { env, platform }: Pick<Environment, 'env' | 'platform'>,
  warn: (message: string) => void,
): ServiceNotifier {
  if (!env.NOTIFY_SOCKET) return { ready: async () => {}, stopping: async () => {} };
  let beating: NodeJS.Timeout | undefined;
  const say = async (...words: string[]) => {
    const command = { program: 'systemd-notify', args: words };
    const problem = await runChild(command, { env, platform, timeoutMs: TIMEOUT });
    if (problem === undefined) return;
    clearInterval(beating);
    warn(`systemd is not told how the watch fares: systemd-notify: ${problem}`);
  };
  return {
    ready: async () => {
      const every = watchdogPeriod(env);
      if (every !== undefined) beating = setInterval(() => void say('WATCHDOG=1'), every).unref();
      await say('READY=1');
    },
    stopping: async () => {
      clearInterval(beating);
      await say('STOPPING=1');
    },
  };
}

/** Half of what systemd waits for a sign of life, in milliseconds. */
function watchdogPeriod({ WATCHDOG_USEC }: Environment['env']): number | undefined {
  const microseconds = Number(WATCHDOG_USEC ?? '');
  return microseconds > 0 ? Math.max(100, microseconds / 2000) : undefined;
}
