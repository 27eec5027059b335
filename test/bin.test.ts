import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const program = fileURLToPath(new URL('../bin/run.js', import.meta.url));

/** Runs the program on a Node that says it is of another version. */
function runOn(version: string): { status: number | null; stderr: string; stdout: string } {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, program, '--version'];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

test.each(['18.20.4', '20.19.0', '22.14.0'])('Node %s is refused in one line', (version) => {
  const { status, stderr, stdout } = runOn(version);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^bmcloud needs Node\.js 22\.15 or newer.*\n$/);
});

test.each(['22.15.0', '23.0.0', '24.21.0'])('Node %s is taken', (version) => {
  expect(runOn(version)).toMatchObject({ status: 0, stderr: '' });
});
