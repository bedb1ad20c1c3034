// Chance that can be had again: the same seed, the same numbers. (What the machine does between them is its own.)

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, but not, 1. This is mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` to `most`, both of them included. */
  between(least, most) {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** One of the entries `[weight, value]`. */
  weighted(entries) {
    let rest = this.next() * entries.reduce((sum, [weight]) => sum + weight, 0);
    return entries.find(([weight]) => (rest -= weight) < 0)?.[1] ?? entries.at(-1)[1];
  }

  /** Another one, whose numbers do not depend on how many are taken from this one. */
  fork() {
    return new Random(this.next() * 2 ** 32);
  }
}
