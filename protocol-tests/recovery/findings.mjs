// What must never be: rules by their sentences, and what was found against each.
import { check } from "../clients/node/report.mjs";

/** So many of a rule's cases are told; the others are like them. */
const TOLD = 3;

export class Findings {
  #cases;

  constructor(rules) {
    this.#cases = new Map(Object.values(rules).map((rule) => [rule, []]));
  }

  add(rule, what) {
    this.#cases.get(rule).push(what);
  }

  /** Runs `body`; if it throws, the rule does not hold. */
  try(rule, body) {
    try {
      return body();
    } catch (error) {
      this.add(rule, error.message);
    }
  }

  get any() {
    return [...this.#cases.values()].some((cases) => cases.length > 0);
  }

  /** One line for each rule. */
  async report(client, mode) {
    for (const [rule, cases] of this.#cases) {
      await check(client, mode, rule, () => {
        if (cases.length > 0) throw new Error(`${cases.length} times: ${cases.slice(0, TOLD).join("; ")}`);
      });
    }
  }
}
