import type { NameTest } from './steps.ts';

/** Something with a pattern for names. */
interface Named {
  name: NameTest;
}

/** Patterns for names, so kept that of many only a few are tried. */
export class NameIndex<T extends Named> {
  /** Names without a special character, by name. */
  readonly #literal = new Map<string, T[]>();
  /** Ends of names, by their last character. */
  readonly #suffixes = new Map<number, T[]>();
  readonly #others: T[] = [];
  readonly #none: T[] = [];

  get isEmpty(): boolean {
    return this.#literal.size + this.#suffixes.size + this.#others.length === 0;
  }

  add(line: T): void {
    const { literal, suffix } = line.name;
    if (literal !== undefined) addTo(this.#literal, literal, line);
    else if (suffix) addTo(this.#suffixes, suffix.charCodeAt(suffix.length - 1), line);
    else this.#others.push(line);
  }

  /** All that match, in no order. Mostly none, and then nothing is made for it. */
  matching(name: string): T[] {
    let matching = this.#literal.get(name) ?? this.#none;
    const suffixes = this.#suffixes.get(name.charCodeAt(name.length - 1)) ?? this.#none;
    for (const line of suffixes) if (line.name.test(name)) matching = [...matching, line];
    for (const line of this.#others) if (line.name.test(name)) matching = [...matching, line];
    return matching;
  }
}

function addTo<K, T>(map: Map<K, T[]>, key: K, line: T): void {
  const known = map.get(key);
  if (known) known.push(line);
  else map.set(key, [line]);
}
