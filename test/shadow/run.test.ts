import { describe, expect, test } from 'vitest';
import { outputOf, runProgram } from '../../src/shadow/run.ts';
import { recordedRun } from './made-up.ts';

describe.skipIf(process.platform === 'win32')('programs, for real', () => {
  test('arguments are no shell words, and the language is plain', async () => {
    const argv = ['sh', '-c', 'echo "$1" "$LC_ALL" "$HOME"; echo no >&2; exit 3', 'x', '$(id) *'];
    expect(await runProgram(argv)).toEqual({ status: 3, stdout: '$(id) * C \n', stderr: 'no\n' });
  });

  test('one that is not installed is missing, and no error', async () => {
    expect(await runProgram(['bmcloud-no-such-program'])).toBe('missing');
  });

  test('one that takes too long is ended', async () => {
    const before = performance.now();
    await expect(runProgram(['sleep', '30'], { timeoutMs: 100 })).rejects.toThrow(
      'sleep did not finish within 0.1 s',
    );
    expect(performance.now() - before).toBeLessThan(5000);
  });

  test('it is of a process group of its own, out of reach of a Ctrl-C', async () => {
    const ended = await runProgram(['sh', '-c', 'cut -d" " -f5 /proc/$$/stat; echo $$']);
    expect(ended).toMatchObject({ status: 0 });
    const [group, own] = ended === 'missing' ? [] : ended.stdout.split('\n');
    expect(group).toBe(own);
  });
});

test('a failure says what it means, and the first word of the program', async () => {
  const stderr = 'File descriptor 10 leaked\nWARNING: x\n  ERROR: no such thing\nusage\n';
  const { run } = recordedRun((line) => (line === 'p gone' ? 'missing' : { status: 5, stderr }));
  await expect(outputOf(run, ['p', 'gone'], 'it fails')).rejects.toThrow(
    'it fails: the program p is not installed',
  );
  await expect(outputOf(run, ['p', 'x'], 'it fails')).rejects.toMatchObject({
    message: 'it fails: p: no such thing',
    transient: false,
    data: { status: 5 },
  });
  const busy = recordedRun(() => ({ status: 1, stderr: 'umount: /x: target is busy.' }));
  await expect(outputOf(busy.run, ['umount', '/x'], 'no')).rejects.toMatchObject({ transient: true });
});
