import { CommandHelp, Help } from '@oclif/core/help';

/** A command's help: a usage of one line, and a description that is wrapped to the terminal and does not repeat the summary. */
class PlainCommandHelp extends CommandHelp {
  protected override defaultUsage(): string {
    const args = Object.values(this.command.args ?? {}).filter((arg) => !arg.hidden);
    const words = args.map((arg) => (arg.multiple ? this.arg(arg).replace(/]?$/, '...$&') : this.arg(arg)));
    return ['<%= command.id %>', ...words, '[FLAGS]'].join(' ');
  }

  protected override description(): string | undefined {
    const text = this.command.description;
    return text && this.wrap(this.render(text).replace(/([^\n])\n(?=[^\n])/g, '$1 '));
  }
}

export default class PlainHelp extends Help {
  protected override CommandHelpClass = PlainCommandHelp;
}
