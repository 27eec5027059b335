// Holds a file until it is killed: node holder.mjs FILE [shared]
import { closeSync, constants, openSync } from 'node:fs';
import { argv, stdin, stdout } from 'node:process';

const [, , file, shared] = argv;
/** libuv's flag for share mode 0: nobody else may open the file. */
const UV_FS_O_EXLOCK = 0x10000000;
const flags = shared ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT | UV_FS_O_EXLOCK;
const fd = openSync(file, flags);
stdout.write('ready\n');
stdin.resume();
stdin.on('end', () => closeSync(fd));
