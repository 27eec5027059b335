// Puts the data of a one-file program into a copy of Node: node packaging/inject.mjs PROGRAM DATA POSTJECT

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { argv } from 'node:process';

/** What marks the place in Node's executable that tells whether it carries data. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const [program, data, postject] = argv.slice(2);
const { inject } = createRequire(import.meta.url)(postject);
await inject(program, 'NODE_SEA_BLOB', readFileSync(data), { sentinelFuse: fuse });
