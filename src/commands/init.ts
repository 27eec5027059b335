import { string as textArgument } from '@oclif/core/args';
import { string } from '@oclif/core/flags';
import { deliveryFlags, newSecretFlags, newSecretOf } from '../cli/key-flags.ts';
import { placeArgument } from '../cli/place.ts';
import { initReport } from '../cli/report-keys.ts';
import { RepositoryCommand } from '../cli/repository-command.ts';

export default class Init extends RepositoryCommand {
  static override summary = 'Make a repository.';
  static override description =
    `Makes the keys of a new repository and stores them, locked with a passphrase or with a new key file.
Nothing is ever stored unencrypted. The recovery key is shown once, on a terminal or in --recovery-key-file, and nowhere else.`;
  static override examples = [
    {
      description: 'In a bucket; asks for a passphrase',
      command: '<%= config.bin %> init s3://bucket/laptop',
    },
    {
      description: 'On another S3-compatible store',
      command: '<%= config.bin %> init s3+https://minio.example.com:9000/bucket/laptop',
    },
    {
      description: 'Without questions: the key and the recovery key in files',
      command:
        '<%= config.bin %> init /mnt/usb/backup --new-key-file ~/usb.key --recovery-key-file ~/recovery.key',
    },
  ];
  static override args = {
    location: textArgument({
      ...placeArgument,
      ignoreStdin: true,
      description:
        'Where: s3://bucket/prefix, s3+https://host:port/bucket/prefix, or a directory; else --repo.',
    }),
  };
  static override flags = {
    label: string({ helpValue: 'TEXT', summary: 'A name for the first key.', default: 'first' }),
    ...newSecretFlags,
    ...deliveryFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Init);
    const access = this.accessTo(args.location);
    await this.checkDelivery(flags['recovery-key-file']);
    const { initRepository } = await import('../index.ts');
    const made = await initRepository({
      ...this.openOptions(access),
      secret: () => newSecretOf(flags, access.origin, this.terminal, this.sayWarning),
      label: flags.label,
    });
    this.closeAtEnd(() => made.repository.close());
    const { id, location } = made.repository;
    const recoveryKeySaved = await this.handOver(id, made.recoveryKey, flags['recovery-key-file']);
    const result = { id, location, conditionalWrites: made.conditionalWrites, recoveryKeySaved };
    await this.results.object(result, () => initReport(result));
  }
}
