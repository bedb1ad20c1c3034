// One person in the chat: a socket, and every history that it was sent.
import { isDeepStrictEqual } from "node:util";
import { connected } from "./clients.mjs";
import { within } from "./report.mjs";

// Once a receiver is this many broadcasts behind, it may be sent the newest history in place of what it missed.
const LAG = 64;

export class Chatter {
  #wakers = new Set();
  histories = [];

  constructor(socket) {
    this.socket = socket;
    socket.on("message", (...args) => {
      // With recovery an offset stands behind it.
      const isHistory = args.length === 1 || (args.length === 2 && /^\d+$/.test(args[1]));
      this.histories.push(isHistory ? args[0] : args);
      for (const wake of this.#wakers) wake();
    });
  }

  /** Connects and waits for the history that greets a newcomer. */
  static async join(socket) {
    const chatter = new Chatter(socket);
    await connected(socket);
    await chatter.sees((history) => Array.isArray(history), "history on joining");
    return chatter;
  }

  get latest() {
    return this.histories.at(-1);
  }

  say(name, input) {
    this.socket.emit("message", { name, input });
  }

  /** Emits with an acknowledgement and returns its arguments. */
  ask(...args) {
    return within(new Promise((resolve) => this.socket.emit("message", ...args, (...got) => resolve(got))), "ack");
  }

  /** Waits until the newest history satisfies `test`. */
  async sees(test, what, ms) {
    let waker;
    const seen = new Promise((resolve) => {
      waker = () => this.latest !== undefined && test(this.latest) && resolve(this.latest);
    });
    this.#wakers.add(waker);
    waker();
    return within(seen, what, ms).finally(() => this.#wakers.delete(waker));
  }

  /** The entry with this text, as soon as the history has it. */
  async hears(input) {
    const isIt = (entry) => entry.message === input;
    const history = await this.sees((h) => h.some(isIt), `message ${JSON.stringify(input)}`);
    return history.find(isIt);
  }

  /** Throws unless each history begins with the one before, is longer, and leaves none out but of a straggler. */
  assertOneGrowingList() {
    for (let i = 1; i < this.histories.length; i++) {
      const [before, after] = [this.histories[i - 1], this.histories[i]];
      if (!isDeepStrictEqual(after.slice(0, before.length), before)) {
        throw new Error(`history ${i} does not begin with the one before`);
      }
      const step = after.length - before.length;
      const maySkip = step > LAG || i >= LAG;
      if (step < 1 || (step > 1 && !maySkip)) throw new Error(`history ${i} grew by ${step}, not by 1`);
    }
  }
}
