import { boolean, string } from '@oclif/core/flags';
import { exitCodes } from '../cli/exit-codes.ts';
import { parsePercent } from '../cli/quantities.ts';
import { verifyReport } from '../cli/report-verify.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Verify extends RepositoryCommand {
  static override summary = 'Check that everything in the repository can be restored.';
  static override description =
    `Checks that every snapshot is whole and that all data it needs is there. With --read-data all data is read and compared with its
checksums. The exit code is 13 when there is damage.`;
  static override examples = [
    { description: 'The structure', command: '<%= config.bin %> verify' },
    { description: 'All data', command: '<%= config.bin %> verify --read-data' },
    {
      description: 'A tenth of it, another one each time',
      command: '<%= config.bin %> verify --read-data-subset 10%',
    },
  ];
  static override flags = {
    'read-data': boolean({ summary: 'Read all data, too.' }),
    'read-data-subset': string({
      helpValue: 'PERCENT',
      exclusive: ['read-data'],
      summary: 'Read this share of the data; the next run takes the next share.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Verify);
    const subset = flags['read-data-subset'];
    const readData =
      subset === undefined
        ? flags['read-data'] === true
        : { percent: parsePercent(subset, '--read-data-subset') };
    const repository = await this.open();
    const { verify } = await import('../index.ts');
    const result = await verify(repository, { readData, ...this.watch });
    this.pauseProgress();
    if (result.problems.length > 0) this.exitWith(exitCodes.damaged);
    await this.results.object(result, () => verifyReport(result, this.style));
  }
}
