// One line of the log: when, on which lane, from whom, what, and what it means.

import { base64Of, byteLength } from "./transports.js";
import { meaning } from "./meaning.js";

const LANES = { polling: "polling", websocket: "WebSocket" };

export class Row {
  /** What `POST /explain` is asked; undefined if a click shows nothing more than stands here. */
  question;

  /** `at_ms` counts from the beginning of the session. */
  constructor(event, at_ms, drawing) {
    const text = textOf(event);
    Object.assign(this, { event, text, meaning: meaning(event), question: questionOf(event), bytes: sizeOf(event) });
    this.time = (at_ms / 1000).toFixed(3);
    this.element = element("li", { className: "row" }, lanes(drawing), this.#button());
    this.element.dataset.from = event.from ?? "page";
    this.element.dataset.is = event.is;
  }

  get button() {
    return this.element.lastElementChild;
  }

  get isHeartbeat() {
    return this.event.packet === "2" || this.event.packet === "3";
  }

  get isHttp() {
    return ["request", "answer", "failure"].includes(this.event.is);
  }

  has(words) {
    return `${this.text}\n${this.meaning}`.toLowerCase().includes(words.toLowerCase());
  }

  /** As one line of text, in the notation of the fixtures: `client > 40`. */
  line() {
    const { from, lane = "" } = this.event;
    const side = { client: "client >", server: "server <" }[from] ?? "        ";
    const columns = [this.time.padStart(8), (LANES[lane] ?? "").padEnd(9), side, this.text];
    return `${columns.join("  ")}${this.meaning && `    # ${this.meaning}`}`;
  }

  #button() {
    const { from, lane } = this.event;
    const who = from ? `${from} by ${LANES[lane]}` : "this page";
    return element(
      "button",
      { type: "button", tabIndex: -1 },
      element("span", { className: "time" }, this.time),
      element("span", { className: "from" }, hidden(who), shown({ client: "↑", server: "↓" }[from] ?? "·")),
      element("code", {}, shortened(this.text)),
      element("span", { className: "meaning" }, this.meaning),
      element("span", { className: "size" }, this.bytes === undefined ? "" : `${this.bytes.toLocaleString("en")} B`),
    );
  }
}

/** Makes an element. What is shown is text, never markup. */
export function element(name, properties, ...content) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...content);
  return made;
}

/** For those who hear the page, and for those who see it. */
export const hidden = (text) => element("span", { className: "spoken" }, text);
export const shown = (text) => {
  const made = element("span", {}, text);
  made.ariaHidden = "true";
  return made;
};

function textOf({ is, packet, text, status, code, reason }) {
  if (is === "packet") return readable(typeof packet === "string" ? packet : `b${base64Of(packet)}`);
  if (is === "answer") return status === 200 ? `${status}` : `${status} ${readable(text)}`;
  if (is === "opened") return "101";
  if (is === "closed") return `code ${code}${reason && `: ${reason}`}`;
  return readable(text);
}

/** A request is explained by its line, an answer to a GET by its body, a packet by itself. */
function questionOf({ is, packet, text, method, status }) {
  if (is === "packet") return typeof packet === "string" ? packet : `b${base64Of(packet)}`;
  if (is === "request" || is === "opening") return text;
  return is === "answer" && method === "GET" && status === 200 ? text : undefined;
}

function sizeOf({ packet, bytes }) {
  if (packet === undefined) return bytes || undefined;
  return typeof packet === "string" ? byteLength(packet) : packet.length;
}

function lanes({ above, below, lane, moves }) {
  const drawn = Object.keys(LANES).map((name) => {
    const cell = element("span", { className: "lane" });
    Object.assign(cell.dataset, { above: above[name], below: below[name] });
    cell.classList.toggle("carried", above.carrier === name);
    cell.classList.toggle("carries", below.carrier === name);
    cell.classList.toggle("here", lane === name);
    return cell;
  });
  const made = element("span", { className: moves ? "lanes moves" : "lanes" }, ...drawn);
  made.ariaHidden = "true";
  return made;
}

/** Control characters as the pictures of them: a separator must be seen. */
export const readable = (text) => text.replace(/[\0-\x1f]/g, (it) => String.fromCharCode(0x2400 + it.charCodeAt(0)));

/** A history may be a mebibyte long; the log has one line for it. */
const shortened = (text) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
