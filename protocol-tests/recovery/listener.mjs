// One who hears what others broadcast, where nothing supersedes anything: each event has its place, and wants to be heard once.
//
//   auth {…}, "17"      it is in; 17 is the last place before its time
//   broadcast-back …, "18"
//   broadcast-back …, "20"        19 was its own, or it has missed something
import { Member } from "./member.mjs";

export class Listener extends Member {
  #heard = new Map();
  #since;
  #last;
  #unanswered = 0;
  #count = 0;

  /** `room` is a map, shared by all, of places to what is there. `faults` are functions: `recovery`, `order`, `once`, `whole`. */
  constructor(name, socket, room, faults) {
    super(name, socket, faults.recovery);
    Object.assign(this, { room, faults });
    socket.on("auth", (_, offset) => {
      if (this.#since !== undefined) faults.recovery(`${name} was greeted again`);
      this.#since = this.#last = Number(offset);
    });
    socket.on("broadcast-back", (...args) => this.#hear(args.slice(0, -1), Number(args.at(-1))));
  }

  /** Tells all others something, with an attachment or without; what became of it is told by a promise. */
  async say(attachment) {
    const text = `${this.name} ${this.#count++}${attachment ? ` with ${attachment.length} from ${attachment[0]}` : ""}`;
    this.#unanswered += 1;
    const lost = new Promise((resolve) => this.socket.once("disconnect", () => resolve("unknown")));
    const args = attachment === undefined ? [text] : [text, attachment];
    const answered = this.socket.emitWithAck("broadcast", ...args).then(() => "acknowledged", () => "unknown");
    const became = await Promise.race([answered, lost]);
    this.#unanswered -= 1;
    return { text, became };
  }

  get isAnswered() {
    return this.#unanswered === 0;
  }

  /** What it should have heard by now, and has not. */
  get missing() {
    const isOthers = (text) => !text.startsWith(`${this.name} `);
    return [...this.room].filter(([place, text]) => place > this.#since && isOthers(text) && !this.#heard.has(place));
  }

  #hear([text, attachment], place) {
    const { name, faults } = this;
    const is = `${name}: "${text}" at ${place}`;
    if (!Number.isSafeInteger(place)) return faults.order(`${is}, which is no place`);
    const known = this.room.get(place);
    if (known !== undefined && known !== text) faults.order(`${is}, where others heard "${known}"`);
    this.room.set(place, text);
    if (this.#heard.has(place)) return faults.once(`${is}, again`);
    if (!(place > this.#last)) faults.order(`${is}, behind ${this.#last}`);
    if (text.startsWith(`${name} `)) faults.once(`${is}, which it said itself`);
    if (!isWhole(text, attachment)) faults.whole(is);
    this.#heard.set(place, text);
    this.#last = place;
  }
}

/** So many bytes that follow each other. */
export function attachment(random) {
  const [first, length] = [random.between(0, 255), random.between(1, 2000)];
  return Buffer.from(Array.from({ length }, (_, i) => first + i));
}

/** What is with a text is what that says. */
function isWhole(text, bytes) {
  const [, length, first] = / with (\d+) from (\d+)$/.exec(text)?.map(Number) ?? [];
  if (length === undefined) return bytes === undefined;
  return bytes?.length === length && bytes.every((byte, i) => byte === ((first + i) & 0xff));
}
