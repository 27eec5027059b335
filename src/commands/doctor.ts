import { exitCodes } from '../cli/exit-codes.ts';
import { doctorReport } from '../cli/report-verify.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Doctor extends RepositoryCommand {
  static override summary = 'Check the store, the clock and this machine, and say what to do.';
  static override description =
    `Credentials, clock skew against the store, conditional writes, multipart uploads, versioning, Object Lock, latency and throughput, the
local cache. The exit code is 1 when something is wrong.`;
  static override examples = [
    { description: 'Why does it not work?', command: '<%= config.bin %> doctor --repo s3://bucket/laptop' },
  ];

  async run(): Promise<void> {
    await this.parse(Doctor);
    const { doctor } = await import('../index.ts');
    const findings = await doctor(this.openOptions(this.access));
    this.pauseProgress();
    if (findings.some((finding) => finding.status === 'problem')) this.exitWith(exitCodes.unexpected);
    await this.results.object({ findings }, () => doctorReport(findings, this.style));
  }
}
