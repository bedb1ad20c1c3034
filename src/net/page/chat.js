// The chat: who speaks sends {name, input}, and everybody is sent all that was said, each time anew.
// fixtures/chat/01-history.md, 04-bad-messages.md, 05-snippets.md, 06-flooding.md

import { element } from "./row.js";

export class Chat {
  #room;
  #log;
  #list;
  #form;
  #problem;
  #shown = [];
  #id;

  constructor(root, room) {
    this.#room = room;
    this.#log = root.querySelector("[role=log]");
    this.#list = root.querySelector("ol");
    this.#form = root.querySelector("form");
    this.#problem = root.querySelector("[role=alert]");
    this.#form.elements.name.value = sessionStorage.getItem("name") ?? `guest-${100 + Math.floor(Math.random() * 900)}`;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    this.#form.elements.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    root.hidden = false;
  }

  /** Whoever is the same as before is sent the history only if there is more of it. */
  joined(id, isRecovered) {
    this.#id = id;
    this.#problem.textContent = "";
    if (isRecovered) return;
    this.#shown = [];
    this.#list.replaceChildren();
  }

  /** What was there before the visitor came is not read out to him, what is new is. */
  event(name, history) {
    if (name !== "message" || !Array.isArray(history)) return;
    const entries = history.map((entry) => JSON.stringify(entry));
    const gone = this.#gone(entries);
    const kept = this.#shown.length - gone;
    this.#log.ariaLive = this.#shown.length === 0 && entries.length > 1 ? "off" : "polite";
    this.#shown = entries;
    [...this.#list.children].slice(0, gone).forEach((line) => line.remove());
    this.#list.append(...history.slice(kept).map((entry) => this.#line(entry)));
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  /** How many of the oldest are not in the history any more: the rest of what is shown must be its beginning. */
  #gone(entries) {
    const begins = (from) => this.#shown.slice(from).every((entry, at) => entry === entries[at]);
    for (let from = 0; from < this.#shown.length; from++) if (begins(from)) return from;
    return this.#shown.length;
  }

  async #say() {
    const { name, input } = this.#form.elements;
    if (input.value.trim() === "") return;
    sessionStorage.setItem("name", name.value);
    const said = input.value;
    try {
      const [{ error }] = await this.#room.ask("message", { name: name.value, input: said });
      this.#problem.textContent = error ? `Not stored: ${error}.` : "";
      if (!error && input.value === said) input.value = "";
    } catch (error) {
      this.#problem.textContent = `No answer: ${error.message}.`;
    }
  }

  #line({ clientId, name, message, timeStamp }) {
    const isOwn = clientId === this.#id;
    const who = element("b", {}, isOwn ? "You" : String(name));
    const head = element("p", {}, who, element("time", {}, String(timeStamp)));
    return element("li", { className: isOwn ? "own" : "" }, head, text(String(message)));
  }
}

/** In snippets the server has made entities of markup, for a front end that takes them for HTML. Here they are text. */
function text(message) {
  if (!message.startsWith("//") && !message.startsWith("```")) return element("p", {}, message);
  const typed = message.replace(/&(amp|lt|gt);/g, (_, name) => ({ amp: "&", lt: "<", gt: ">" })[name]);
  return element("pre", { tabIndex: 0 }, element("code", {}, typed));
}
