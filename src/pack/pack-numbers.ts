/** Numbers packs by their ids, from 0, in the order in which they come first. */
export class PackNumbers {
  readonly #numbers = new Map<string, number>();

  of(id: Uint8Array): number {
    const name = Buffer.from(id).toString('latin1');
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
}
