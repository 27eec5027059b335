import type { Hook } from '@oclif/core/hooks';
import { unknownCommand } from './arguments.ts';

/** Called by oclif for a first word that is no command. */
const commandNotFound: Hook.CommandNotFound = async ({ id, config }) => {
  const commands = config.commands
    .filter((command) => !command.hidden)
    .map((command) => command.id.replaceAll(':', ' '));
  throw unknownCommand(id, [...commands, ...config.topics.map((topic) => topic.name.replaceAll(':', ' '))]);
};

export default commandNotFound;
