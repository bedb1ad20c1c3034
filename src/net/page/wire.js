// The log of the wire: the last rows, which may be paused, filtered, copied and walked through by the arrow keys.

import { Lanes } from "./lanes.js";
import { Row } from "./row.js";

/** More would be a burden for the browser, and nobody reads it. */
const ROWS = 500;

/** Each message of a chat may bring a history of a mebibyte: the rows keep a dozen of these, not five hundred. */
const CHARACTERS = 12 * 1024 * 1024;

export class Wire {
  #list;
  #lanes = new Lanes();
  #rows = [];
  #waiting = [];
  #began = performance.now();
  #isPaused = false;
  #isFollowing = true;
  #filter = { words: "", heartbeat: true, http: true };

  /** Shows itself in an `<ol>`; `opens` is told the row that was chosen. */
  constructor(list, opens) {
    this.#list = list;
    list.addEventListener("click", ({ target }) => {
      const row = this.#rowOf(target);
      if (row) this.#choose(row, opens);
    });
    list.addEventListener("scroll", () => {
      this.#isFollowing = list.scrollHeight - list.scrollTop - list.clientHeight < 24;
    });
    list.addEventListener("focusin", ({ target }) => this.#reach(this.#rowOf(target)));
    list.addEventListener("keydown", (press) => this.#walk(press));
  }

  /** Takes what the tap tells. */
  add(event) {
    if (event.is === "session") this.#began = performance.now();
    this.#waiting.push(new Row(event, performance.now() - this.#began, this.#lanes.draw(event)));
    takeSurplus(this.#waiting);
    // A burst is drawn once a frame, and not at all in a tab that nobody sees.
    if (this.#waiting.length === 1) requestAnimationFrame(() => this.#show());
  }

  /** What comes while it is paused waits. */
  pause(isPaused) {
    this.#isPaused = isPaused;
    this.#show();
  }

  get waiting() {
    return this.#waiting.length;
  }

  clear() {
    this.#rows = [];
    this.#waiting = [];
    this.#list.replaceChildren();
  }

  filter(filter) {
    this.#filter = filter;
    this.#rows.forEach((row) => (row.element.hidden = !this.#passes(row)));
    this.#follow();
    this.#stayReachable();
  }

  /** The rows that are shown, a line each. */
  lines() {
    this.#show();
    return this.#shown().map((row) => row.line());
  }

  #show() {
    if (this.#isPaused || this.#waiting.length === 0) return;
    const rows = this.#waiting.splice(0);
    rows.forEach((row) => (row.element.hidden = !this.#passes(row)));
    this.#rows.push(...rows);
    this.#list.append(...rows.map((row) => row.element));
    takeSurplus(this.#rows).forEach((row) => row.element.remove());
    if (this.#isFollowing) this.#follow();
    this.#stayReachable();
  }

  #follow() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #passes(row) {
    const { words, heartbeat, http } = this.#filter;
    return (heartbeat || !row.isHeartbeat) && (http || !row.isHttp) && row.has(words);
  }

  #shown() {
    return this.#rows.filter((row) => !row.element.hidden);
  }

  #rowOf(target) {
    const element = target.closest("li");
    return this.#rows.find((row) => row.element === element);
  }

  async #choose(row, opens) {
    this.#list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    row.button.setAttribute("aria-current", "true");
    await opens(row);
    row.element.scrollIntoView({ block: "nearest" });
  }

  /** One stop of the tab key for the whole list; it is where the arrow keys have come to. */
  #reach(row) {
    if (!row) return;
    this.#list.querySelectorAll('[tabindex="0"]').forEach((button) => (button.tabIndex = -1));
    row.button.tabIndex = 0;
  }

  #stayReachable() {
    if (!this.#list.querySelector('li:not([hidden]) [tabindex="0"]')) this.#reach(this.#shown().at(-1));
  }

  #walk(press) {
    const rows = this.#shown();
    const here = rows.indexOf(this.#rowOf(press.target));
    const there = { ArrowUp: here - 1, ArrowDown: here + 1, Home: 0, End: rows.length - 1 }[press.key];
    if (there === undefined || !rows[there]) return;
    press.preventDefault();
    rows[there].button.focus();
  }
}

/** Takes the oldest rows out that are too many, or too long all together. */
function takeSurplus(rows) {
  let characters = rows.reduce((sum, row) => sum + row.text.length, 0);
  let count = 0;
  while (rows.length - count > ROWS || (characters > CHARACTERS && rows.length - count > 1)) {
    characters -= rows[count].text.length;
    count += 1;
  }
  return rows.splice(0, count);
}
