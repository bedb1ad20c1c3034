// A stock client with `retries`: it says again what was not answered, and so may say it twice, but loses nothing.
//
//   said    0 1 2 | 2 3 4        2 was stored before the connection was lost, its answer was lost with it
//   shown   0 1 2 2 3 4
import { Member } from "./member.mjs";

export class Insistent extends Member {
  #count = 0;
  #answered = 0;
  #last = -1;
  #position = 0;
  #isSilent = true;

  /** The only one who speaks in its room. `faults` are functions: `recovery`, and `retries`. */
  constructor(name, socket, faults) {
    super(name, socket, faults.recovery);
    this.faults = faults;
    socket.on("message", (list, position) => {
      this.#position = Number(position);
      this.#see(list.map(({ message }) => Number(message)));
    });
  }

  begin() {
    this.#isSilent = false;
    this.#say();
  }

  end() {
    this.#isSilent = true;
  }

  /** Whether all that was said was answered, and shown. */
  get isDone() {
    return this.#answered === this.#count && this.#last === this.#count - 1;
  }

  get said() {
    return this.#count;
  }

  /** How many of the room's messages are there for the second time, or the third. */
  get copies() {
    return this.#position - this.#count;
  }

  #say() {
    this.socket.emit("message", { name: this.name, input: String(this.#count++) }, (error, answer) => {
      if (error || answer.ok !== true) this.faults.retries(`${error?.message ?? answer.error}`);
      this.#answered += 1;
      if (!this.#isSilent) this.#say();
    });
  }

  #see(numbers) {
    const hasGap = numbers.some((number, i) => i > 0 && (number < numbers[i - 1] || number > numbers[i - 1] + 1));
    if (hasGap || numbers[0] > this.#last + 1) this.faults.retries(`a gap behind ${this.#last}: ${numbers.join(" ")}`);
    if (numbers.at(-1) < this.#last) this.faults.retries(`${this.#last} is gone`);
    this.#last = numbers.at(-1) ?? this.#last;
  }
}
