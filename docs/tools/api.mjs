// The public face of the library: `node docs/tools/api.mjs` writes docs/api/bmcloud.api.md, which a change must update knowingly;
// `--check` fails where it is out of date; `--pages` makes pages for people in docs/tools/pages. Needs a build, and the packages beside.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { argv, execPath, exit } from 'node:process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const wants = (flag) => argv.includes(flag);

function run(script, ...args) {
  const { status } = spawnSync(execPath, [`${here}node_modules/${script}`, ...args], {
    cwd: here,
    stdio: 'inherit',
  });
  if (status !== 0) exit(status ?? 1);
}

if (!existsSync(`${here}node_modules/typedoc`)) {
  const { status } = spawnSync('npm ci --no-audit --no-fund', { cwd: here, stdio: 'inherit', shell: true });
  if (status !== 0) exit(status ?? 1);
}
if (wants('--pages')) {
  run(
    'typedoc/bin/typedoc',
    '--entryPoints',
    '../../dist/index.d.ts',
    '--out',
    'pages',
    '--name',
    'bmcloud',
    '--readme',
    'none',
    '--tsconfig',
    'tsconfig.json',
    '--skipErrorChecking',
  );
} else {
  run(
    '@microsoft/api-extractor/bin/api-extractor',
    'run',
    '-c',
    'api-extractor.json',
    ...(wants('--check') ? [] : ['--local']),
  );
}
