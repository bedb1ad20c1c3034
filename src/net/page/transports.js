// Engine.IO's two ways to carry packets: HTTP requests, or one WebSocket.
//
// A packet is a string whose first character is its type ("4hello"), or bytes: a message, which has no type then.
// fixtures/engine.io/01-packets.md, 03-polling.md, 04-websocket.md

/** Long-polling: the server holds a GET until it has something to say; what the client says goes by POST. */
export class Polling {
  name = "polling";
  #session;
  #requests = new AbortController();
  #held;
  #isPaused = false;

  constructor(session) {
    this.#session = session;
  }

  /** What the server sends: one GET after the other, until `pause`. */
  async *packets() {
    while (!this.#isPaused) {
      const body = await (this.#held = this.#ask("GET"));
      for (const text of body.split(SEPARATOR)) yield text[0] === "b" ? bytesOf(text.slice(1)) : text;
    }
  }

  /** A body may be as long as the open packet's `maxPayload`; what is more goes into the next one. */
  async send(packets) {
    const texts = packets.map((packet) => (typeof packet === "string" ? packet : `b${base64Of(packet)}`));
    while (texts.length > 0) {
      let size = -1;
      const isOver = (text, at) => (size += 1 + byteLength(text)) > this.#session.maxPayload && at > 0;
      const fit = texts.findIndex(isOver);
      await this.#ask("POST", texts.splice(0, fit < 0 ? texts.length : fit).join(SEPARATOR));
    }
  }

  /** Begins no other GET, and waits for the answer to the one that is held. */
  async pause() {
    this.#isPaused = true;
    await this.#held;
  }

  /** Without a word; or with "1" in a request that may outlive the page, and that no broken-off GET may overtake. */
  async cut(isPolite) {
    if (isPolite) await this.#ask("POST", "1", { keepalive: true, signal: null }).catch(() => {});
    this.#requests.abort();
  }

  async #ask(method, body, options) {
    const url = address(this.#session, "polling");
    const answer = await this.#session.fetch(url, { method, body, signal: this.#requests.signal, ...options });
    const text = await answer.text();
    if (answer.ok) return text;
    const retryAfter = Number(answer.headers.get("Retry-After"));
    throw Object.assign(new Error(`HTTP ${answer.status}: ${text.trim()}`), { status: answer.status, retryAfter });
  }
}

/** A packet is a frame: text, or binary if it is bytes. */
export class WebSocketTransport {
  name = "websocket";
  #socket;
  #inbox = [];
  #wake = () => {};

  constructor(session) {
    this.#socket = new session.WebSocket(address(session, "websocket").href.replace(/^http/, "ws"));
    this.#socket.binaryType = "arraybuffer";
    this.opened = new Promise((resolve) => (this.#socket.onopen = resolve));
    this.#socket.onmessage = ({ data }) => this.#arrives(typeof data === "string" ? data : new Uint8Array(data));
    this.#socket.onclose = ({ code }) => this.#arrives(new Error(`the WebSocket was closed, code ${code}`));
  }

  async *packets() {
    for (;;) {
      for (let item; (item = this.#inbox.shift()) !== undefined; yield item) if (item instanceof Error) throw item;
      await new Promise((resolve) => (this.#wake = resolve));
    }
  }

  async send(packets) {
    for (const packet of packets) this.#socket.send(packet);
  }

  /** A page cannot leave out the close frame. It is no packet: the session hears no goodbye but "1". */
  cut(isPolite) {
    if (isPolite && this.#socket.readyState === 1) this.#socket.send("1");
    this.#socket.close();
  }

  #arrives(item) {
    this.#inbox.push(item);
    this.#wake();
  }
}

/** Without a `sid` the request begins a session: fixtures/engine.io/02-handshake.md. */
function address({ url, sid }, transport) {
  const address = new URL(url);
  address.search = new URLSearchParams({ EIO: 4, transport, ...(sid && { sid }) });
  return address;
}

/** Stands between the packets of a body. */
export const SEPARATOR = "\x1e";

export const byteLength = (text) => new TextEncoder().encode(text).length;
export const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
export const base64Of = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
