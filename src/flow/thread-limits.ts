/**
 * What V8 may take in a thread, in MiB. Garbage of threads is short-lived and mostly outside the heap: a small young generation lets go
 * of it sooner. The program has threads begin with all of it (`cli/main.ts`).
 */
export const threadLimits = { maxYoungGenerationSizeMb: 6 };
