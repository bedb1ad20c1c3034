// What a row means in the server's own words: `POST /explain`, drawn under the characters that it is about.
//
//   42/admin,["x"]
//   │││      └ payload         the event "x", no argument
//   ││└ namespace              /admin, up to the comma
//   │└ Socket.IO type          EVENT
//   └ Engine.IO type           message: what follows is a Socket.IO packet

import { element, hidden, readable, shown } from "./row.js";

/** Of a body with more packets than this, the others are counted. */
const PACKETS = 16;

/** Characters that are shown behind the place where the last part begins. */
const REST = 80;

export class Explanation {
  #panel;
  #title;
  #body;
  #asked = 0;
  #row;

  constructor(panel) {
    this.#panel = panel;
    this.#title = panel.querySelector("h3");
    this.#body = panel.querySelector(".parts");
    panel.querySelector("button").addEventListener("click", () => this.close());
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.close());
  }

  /** Shows what a row means; of two questions that are under way the later one counts. */
  async open(row) {
    const asked = ++this.#asked;
    this.#row = row;
    this.#show(row.meaning || row.text, []);
    if (row.question === undefined) return;
    try {
      const answer = await fetch("/explain", { method: "POST", body: row.question });
      if (!answer.ok) throw new Error((await answer.text()).trim());
      const { packets, omitted } = await answer.json();
      if (asked !== this.#asked) return;
      const more = packets.length - PACKETS + omitted;
      const blocks = packets.slice(0, PACKETS).flatMap(block);
      if (more > 0) blocks.push(element("p", {}, `and ${more} more`));
      this.#show(packets.length === 1 ? packets[0].brief : `${packets.length + omitted} packets`, blocks);
    } catch (error) {
      if (asked === this.#asked) this.#show(row.meaning, [element("p", {}, `No explanation: ${error.message}`)]);
    }
  }

  /** Closes, and goes back to the row. */
  close() {
    if (this.#panel.hidden) return;
    this.#asked += 1;
    this.#panel.hidden = true;
    this.#row.button.removeAttribute("aria-current");
    this.#row.button.focus();
  }

  #show(title, blocks) {
    this.#title.textContent = title;
    this.#body.replaceChildren(...blocks);
    this.#panel.hidden = false;
  }
}

function block(packet) {
  const { does, answer, fixture, error } = packet;
  const drawn = element("div", { className: "drawing", tabIndex: 0, role: "group", ariaLabel: "Its parts" });
  drawn.append(...drawing(packet));
  const proof = element("code", {}, `fixtures/${error?.fixture ?? fixture}.md`);
  const said = [["does", does], ["then", error?.then], ["answer", answer], ["proven", proof]].filter(([, words]) => words);
  const list = said.flatMap(([name, words]) => [element("dt", {}, name), element("dd", {}, words)]);
  return [drawn, element("dl", {}, ...list)];
}

/** The text, and a line for each part from the right to the left, so that no stem crosses another's words. */
function drawing({ text, parts, error }) {
  const columns = columnsOf(text);
  const stems = parts.map((part) => columns(part.at));
  const width = Math.max(0, ...parts.map((part, index) => stems[index] + part.name.length));
  const lines = parts.map((part, index) => {
    const stem = `${bars(stems.slice(0, index), stems[index])}└ `;
    const gap = shown(" ".repeat(width - stems[index] - part.name.length));
    return line(stem, element("b", {}, part.name), gap, `  ${part.means}`);
  });
  if (error) {
    const [from, to] = [columns(error.at), columns(error.at + error.length)];
    const stem = bars(stems.filter((stem) => stem < from), from) + "^".repeat(Math.max(1, to - from));
    lines.push(line(stem, element("b", {}, ` byte ${error.at}`), `: ${error.rule}`));
    lines.at(-1).className = "fault";
  }
  const end = Math.max(0, ...stems, error ? columns(error.at) : 0) + REST;
  const characters = [...text];
  const rest = characters.length > end ? `… ${characters.length - end} more characters` : "";
  return [element("code", {}, readable(characters.slice(0, end).join("")) + rest), ...lines.reverse()];
}

const line = (stem, ...words) => element("p", {}, shown(stem), ...words, hidden("."));

/** A bar in each of these columns, and blanks up to `end`. */
function bars(columns, end) {
  const row = Array(end).fill(" ");
  columns.forEach((column) => column < end && (row[column] = "│"));
  return row.join("");
}

/** From bytes of UTF-8, in which the server counts, to characters. */
function columnsOf(text) {
  const bytes = new TextEncoder().encode(text);
  return (at) => [...new TextDecoder().decode(bytes.slice(0, at))].length;
}
