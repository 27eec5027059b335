import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CliHome, cliHome } from '../fixtures/cli.ts';
import { haveStandIns, lockFile, realWindows, volume } from '../windows/native/stand-ins.ts';

/*
 * The built program on Windows, and a file that another process holds so that nobody else can open it: on a volume that the lane
 * can freeze, or on a real Windows that is there for tests (BMCLOUD_TEST_REAL_WINDOWS).
 */

const canHold = haveStandIns || realWindows !== undefined;
if (!canHold)
  console.info(
    'Left out: a file is held in the Windows lane, or on a real Windows with BMCLOUD_TEST_REAL_WINDOWS',
  );

/** A real Windows makes no snapshot for users without rights, and no mistakes for tests. */
const canFreeze = realWindows !== 'standard';
const freezeFails = realWindows !== 'elevated';

const MAIL = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
const quick = ['--retries', '1', '--retry-delay', '20ms'];

describe.skipIf(!canHold)('a file that is held on Windows', () => {
  let home: CliHome;
  let source: string;
  let holder: Awaited<ReturnType<typeof lockFile>> | undefined;

  beforeEach(async () => {
    home = await cliHome();
    source = join(haveStandIns ? volume : home.directory, `documents-${process.pid}`);
    mkdirSync(join(source, 'deep'), { recursive: true });
    writeFileSync(join(source, 'deep', 'mail.pst'), MAIL);
    writeFileSync(join(source, 'letter.txt'), 'letter');
    holder = await lockFile(join(source, 'deep', 'mail.pst'));
  });
  afterEach(async () => {
    await holder?.release();
    holder = undefined;
    rmSync(source, { recursive: true, maxRetries: 10, retryDelay: 100 });
    await home.remove();
  });

  /** Restores the latest snapshot; the held file, if it is in it. */
  async function mailOf(): Promise<Buffer> {
    const to = join(home.directory, 'back');
    const { code, stderr } = await home.run(['restore', '--to', to]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(readFileSync(join(to, 'letter.txt'), 'utf8')).toBe('letter');
    return readFileSync(join(to, 'deep', 'mail.pst'));
  }

  test.runIf(canFreeze)('is read from a shadow of its volume, byte for byte', async () => {
    const { code, stdout, stderr } = await home.run(['push', source, ...quick]);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect((await mailOf()).equals(MAIL)).toBe(true);
  });

  test('without a shadow is skipped, and its holder named; the next push has it', async () => {
    const never = ['push', source, ...quick, '--shadow', 'never'];
    const { code, stdout } = await home.run([...never, '--json']);
    expect(code).toBe(3);
    const { skipped } = JSON.parse(stdout) as { skipped: { path: string; owners: { pid: number }[] }[] };
    expect(skipped).toMatchObject([
      {
        code: 'EBUSY',
        owners: [{ pid: holder?.pid, program: expect.stringMatching(/^(lock|node)\.exe$/i) }],
      },
    ]);
    await holder?.release();
    holder = undefined;
    expect((await home.run(never)).code).toBe(0);
    expect((await mailOf()).equals(MAIL)).toBe(true);
  });

  test('that comes free meanwhile is read', async () => {
    const held = holder;
    holder = undefined;
    setTimeout(() => void held?.release(), 3000);
    const waiting = ['push', source, '--retries', '8', '--retry-delay', '500ms', '--shadow', 'never'];
    expect((await home.run(waiting)).code).toBe(0);
    expect((await mailOf()).equals(MAIL)).toBe(true);
  });

  test.runIf(freezeFails)(
    'where no shadow can be made is skipped, with the reason and what to do',
    async () => {
      const env = { FAKEVSS_FAIL: 'InitializeForBackup:80070005' };
      const { code, stdout } = await home.run(['push', source, ...quick], { env });
      expect(code).toBe(3);
      expect(stdout).toContain('mail.pst');
      expect(stdout).toMatch(/elevated/i);
    },
  );
});
