/**
 * What V8 may take in a thread: its young generation in MiB, three times its semi-space. The program has threads begin with all of it
 * (`cli/main.ts`).
 */
export const threadLimits = {
  /** What it throws away was hardly used: a collection finds next to nothing. */
  brief: { maxYoungGenerationSizeMb: 3 },
  /** What it throws away is short-lived and mostly outside the heap: where there is little room, it is let go of sooner. */
  modest: { maxYoungGenerationSizeMb: 4 },
  /**
   * Hundreds of files are under way at once: where there is little room, they are copied by every collection, and end in the old
   * generation. With 6, a first push took up to 1.15x the CPU; with 24, it takes 15 to 20 MiB more, and the same time.
   */
  busy: { maxYoungGenerationSizeMb: 12 },
};
