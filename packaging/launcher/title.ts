/*
 * Node reads the title of the process whenever it makes a list of what `node:process` exports. libuv up to 1.51 ends the process
 * over that, now and then, where Windows has no title to tell: with a hidden console, as a scheduled push has it. One that was
 * set is never asked for. It holds for threads, too.
 */

// Not imported: that alone would have the title read.
if (globalThis.process.platform === 'win32') globalThis.process.title = 'bmcloud';
