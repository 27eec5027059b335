import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256Of } from '../../packaging/launcher/program.ts';

/*
 * Modules that the guard lets through, and others: in a process of its own, which is guarded to its end.
 */

const guard = fileURLToPath(new URL('../../packaging/launcher/guard.ts', import.meta.url));

const packedFiles = {
  'entry.mjs': `
    export { default as inner } from 'inner';
    const told = (promise) => promise.then(({ default: value }) => value, ({ code, message }) => [code, message]);
    export const above = await told(import('above'));
    export const beside = await told(import('./beside.mjs'));
    export const required = await told(import('./require.cjs'));
    export const builtin = await told(import('node:os').then(() => ({ default: 'found' })));`,
  'require.cjs': `
    const told = (name) => { try { return require(name); } catch ({ code }) { return code; } };
    module.exports = [told('above'), told('inner'), told('nowhere')];`,
  'node_modules/inner/index.js': 'module.exports = "inner";',
  'node_modules/inner/package.json': '{"main":"index.js"}',
};

let root: string;
let program: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'bmcloud-guard-')));
  program = join(root, 'program');
  for (const [name, text] of Object.entries(packedFiles)) write(join(program, name), text);
  write(join(root, 'node_modules/above/index.js'), 'console.log("planted"); module.exports = "above";');
  write(join(program, 'beside.mjs'), 'console.log("planted"); export default "beside";');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

async function load(): Promise<Record<string, unknown>> {
  const files = Object.entries(packedFiles).map(([path, text]) => ({
    path,
    sha256: sha256Of(Buffer.from(text)),
  }));
  const script = `
    import { guarded, guardModules } from ${JSON.stringify(pathToFileURL(guard))};
    guardModules(guarded(${JSON.stringify(program)}, ${JSON.stringify(files)}));
    const module = await import(${JSON.stringify(pathToFileURL(join(program, 'entry.mjs')))});
    console.log(JSON.stringify(module));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

test('what was packed is loaded; what lies above it or beside it is not there', async () => {
  expect(await load()).toEqual({
    inner: 'inner',
    above: ['MODULE_NOT_FOUND', expect.stringContaining("Cannot find module 'above'")],
    beside: ['MODULE_NOT_FOUND', expect.stringContaining('beside.mjs')],
    required: ['MODULE_NOT_FOUND', 'inner', 'MODULE_NOT_FOUND'],
    builtin: 'found',
  });
});

test.each(Object.keys(packedFiles).filter((name) => !name.endsWith('.json')))(
  '%s is not run when it was changed',
  async (name) => {
    write(join(program, name), `console.log("planted"); ${packedFiles[name as keyof typeof packedFiles]}`);
    const outcome = await load().then(JSON.stringify, ({ stderr, stdout }) => stderr + stdout);
    expect(outcome).toContain('was changed after it was unpacked');
    expect(outcome).not.toMatch(/^planted/m);
  },
);
