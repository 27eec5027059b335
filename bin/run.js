#!/usr/bin/env node
// Plain old JavaScript, and imports only after the check: a Node that is too old must get as far as telling so.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 15)) {
  console.error(
    `bmcloud needs Node.js 22.15 or newer, and this is ${process.version}: see https://nodejs.org`,
  );
  process.exit(2);
}

// Of a process with a hidden console (a scheduled one) libuv cannot read a title that was never set, and gives up.
if (process.platform === 'win32') process.title = 'bmcloud';

import('../dist/cli/scripts.js')
  .then(async (scripts) => {
    scripts.keepCompiledCode();
    const cli = await import('../dist/cli/main.js');
    await cli.main(scripts.flags);
  })
  .catch((error) => {
    console.error(`bmcloud cannot start: ${error.message}`);
    process.exitCode = 1;
  });
