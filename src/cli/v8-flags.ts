import { setFlagsFromString } from 'node:v8';

/** What V8 has where nobody said anything. */
const usual = {
  'min-semi-space-size': 0,
  'heap-growing-percent': 0,
  'semi-space-growth-factor': 2,
  'allocation-site-pretenuring': true,
};

export type FlagValues = Partial<typeof usual>;

/** Flags of V8 that are set while the program runs. */
export class V8Flags {
  readonly #set: FlagValues = {};

  set(values: FlagValues): void {
    Object.assign(this.#set, values);
    apply(values);
  }

  /** Does something with flags as they were at the start: V8 takes compiled code only under those that it was made under. */
  aside<T>(act: () => T): T {
    const names = Object.keys(this.#set) as (keyof FlagValues)[];
    apply(Object.fromEntries(names.map((name) => [name, usual[name]])));
    try {
      return act();
    } finally {
      apply(this.#set);
    }
  }
}

function apply(values: FlagValues): void {
  for (const [name, value] of Object.entries(values)) setFlagsFromString(asOption(name, value));
}

function asOption(name: string, value: number | boolean): string {
  if (typeof value === 'number') return `--${name}=${value}`;
  return value ? `--${name}` : `--no-${name}`;
}
