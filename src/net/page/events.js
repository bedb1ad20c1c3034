// What stands in the chat's place where the application is another: events by hand, and those that come.

import { base64Of } from "./transports.js";
import { element } from "./row.js";

/** More would be a burden for the browser. */
const LINES = 200;

export class Events {
  #room;
  #log;
  #list;
  #form;
  #problem;

  constructor(root, room) {
    this.#room = room;
    this.#log = root.querySelector("[role=log]");
    this.#list = root.querySelector("ol");
    this.#form = root.querySelector("form");
    this.#problem = root.querySelector("[role=alert]");
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#emit().catch((error) => (this.#problem.textContent = `${error.message}.`));
    });
    root.hidden = false;
  }

  joined() {
    this.#problem.textContent = "";
  }

  /** A server that asks is answered with what it has sent. */
  event(name, ...args) {
    this.#tell(`${name} ${written(args)}`);
    return args[0];
  }

  async #emit() {
    const { name, args, file, asks } = this.#form.elements;
    const values = read(args.value);
    for (const { size, name } of file.files) if (size > LARGEST) throw new Error(`${name} is longer than ${LARGEST} bytes`);
    for (const chosen of file.files) values.push(new Uint8Array(await chosen.arrayBuffer()));
    this.#problem.textContent = "";
    if (!asks.checked) return this.#room.emit(name.value, ...values);
    this.#tell(`answer ${written(await this.#room.ask(name.value, ...values))}`);
  }

  #tell(line) {
    this.#list.append(element("li", {}, element("code", {}, line)));
    while (this.#list.children.length > LINES) this.#list.firstChild.remove();
    this.#log.scrollTop = this.#log.scrollHeight;
  }
}

function read(args) {
  try {
    return JSON.parse(`[${args}]`);
  } catch {
    throw new Error("the arguments are not JSON values with commas between them");
  }
}

const written = (args) =>
  JSON.stringify(args, (_, value) => (value instanceof Uint8Array ? `${value.length} bytes: ${base64Of(value)}` : value));

/** As base64 it must fit into a body. */
const LARGEST = 500_000;
