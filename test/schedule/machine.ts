import type { Schedule } from '../../src/schedule/schedule.ts';
import type { Answer, CommandOf, Machine } from '../../src/schedule/system.ts';

/** A schedule as it is added on a Linux machine, but for `facts`. */
export function aSchedule(facts: Partial<Schedule> = {}): Schedule {
  return {
    name: 'docs',
    trigger: { daily: '02:30' },
    arguments: ['Documents', '--tag', 'nightly'],
    directory: '/home/me',
    environment: { BMCLOUD_STATE_DIR: '/home/me/.local/state/bmcloud' },
    enabled: true,
    account: 'user',
    whileLoggedIn: false,
    wantsShadow: true,
    scheduler: 'systemd',
    created: new Date(2026, 10, 21, 7, 30).toISOString(),
    ...facts,
  };
}

export const commandOf: CommandOf = ({ name }) => [
  '/usr/bin/node',
  '/opt/bmcloud/bin/run.js',
  'schedule',
  'run',
  name,
  '--scheduled',
];

export interface RecordingMachine extends Machine {
  /** The commands that were run, each as one line. */
  readonly commands: string[];
}

/** A machine whose commands are recorded; `answer` may say what one answers. */
export function recordingMachine(
  facts: Partial<Machine>,
  answer: (line: string, stdin: string | undefined) => Partial<Answer> | undefined = () => undefined,
): RecordingMachine {
  const commands: string[] = [];
  return {
    platform: 'linux',
    home: '/home/me',
    uid: 1000,
    user: 'me',
    configHome: '/home/me/.config',
    temporary: '/tmp',
    ...facts,
    commands,
    run: async (command, args, stdin) => {
      const line = [command, ...args].join(' ');
      commands.push(line);
      return { code: 0, stdout: '', stderr: '', ...answer(line, stdin) };
    },
  };
}
