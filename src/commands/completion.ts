import { string as textArgument } from '@oclif/core/args';
import { BmcloudCommand } from '../cli/command.ts';
import { completionScript, type Shell, shells } from '../cli/completion.ts';

export default class Completion extends BmcloudCommand {
  static override summary = 'Print a completion script for your shell.';
  static override description = 'Completes commands, flags and the values of flags that have a few.';
  static override examples = [
    { description: 'bash', command: 'source <(<%= config.bin %> completion bash)' },
    { description: 'zsh', command: '<%= config.bin %> completion zsh > ~/.zfunc/_bmcloud' },
    {
      description: 'fish',
      command: '<%= config.bin %> completion fish > ~/.config/fish/completions/bmcloud.fish',
    },
  ];
  static override args = {
    shell: textArgument({
      ignoreStdin: true,
      required: true,
      options: [...shells],
      description: 'bash, zsh or fish.',
    }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const commands = this.config.commands
      .filter((command) => !command.hidden)
      .map(({ id, summary, flags }) => ({
        words: id.replaceAll(':', ' '),
        summary: summary ?? '',
        flags: Object.values(flags),
      }));
    const script = completionScript(args.shell as Shell, commands);
    await this.results.object({ shell: args.shell, script }, () => script);
  }
}
