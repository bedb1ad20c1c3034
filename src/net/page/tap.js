// `fetch` and `WebSocket` that tell what goes through them: the wire, seen from below the client, which knows nothing of it.

import { SEPARATOR, byteLength, bytesOf } from "./transports.js";

/** Gives both. `tell` hears of each thing that travels: on which `lane`, `from` whom, what it `is`. */
export function tapped(tell) {
  return {
    async fetch(url, options) {
      const { method, body = "" } = options;
      const polling = (event) => tell({ lane: "polling", request: options, ...event });
      const line = `${method} ${url.pathname}${url.search}`;
      polling({ from: "client", is: "request", method, text: line, bytes: byteLength(body) });
      packets(body).forEach((packet) => polling({ from: "client", is: "packet", packet }));
      try {
        const answer = await fetch(url, options);
        const text = await answer.clone().text();
        polling({ from: "server", is: "answer", method, status: answer.status, text, bytes: byteLength(text) });
        const held = method === "GET" && answer.ok ? packets(text) : [];
        held.forEach((packet) => polling({ from: "server", is: "packet", packet }));
        return answer;
      } catch (error) {
        const text = error.name === "AbortError" ? "given up by this page" : error.message;
        polling({ from: "client", is: "failure", method, text });
        throw error;
      }
    },
    WebSocket: class extends WebSocket {
      #tell = (event) => tell({ lane: "websocket", socket: this, ...event });

      constructor(url) {
        super(url);
        const { pathname, search } = new URL(url);
        this.#tell({ from: "client", is: "opening", text: `GET ${pathname}${search}` });
        this.addEventListener("open", () => this.#tell({ from: "server", is: "opened" }));
        this.addEventListener("message", ({ data }) => {
          this.#tell({ from: "server", is: "packet", packet: typeof data === "string" ? data : new Uint8Array(data) });
        });
        this.addEventListener("close", ({ code, reason }) => this.#tell({ from: "server", is: "closed", code, reason }));
      }

      send(packet) {
        this.#tell({ from: "client", is: "packet", packet });
        super.send(packet);
      }
    },
  };
}

function packets(body) {
  const texts = body === "" ? [] : body.split(SEPARATOR);
  return texts.map((text) => {
    try {
      return text[0] === "b" ? bytesOf(text.slice(1)) : text;
    } catch {
      return text; // By hand anything may be sent, also what is no base64.
    }
  });
}
