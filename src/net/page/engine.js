// One session of Engine.IO: open, heartbeat, the move from polling to a WebSocket, and the end.
//
//   polling     0{…} <─     GET, held ·············> 6     the noop lets it go
//   WebSocket               2probe ─>     <─ 3probe        5 ─>     4… <─>
//
// fixtures/engine.io/02-handshake.md, 05-heartbeat.md, 06-upgrade.md, 07-closing.md

import { Polling, WebSocketTransport } from "./transports.js";

export class Engine {
  #mode;
  #session;
  #hears;
  #transport;
  #probe;
  #outbox = [];
  #sending;
  #silence;
  #state = "opening";

  /** By `mode` "polling", "websocket", or "upgrade" from the one to the other. `net` has `fetch` and `WebSocket`. */
  constructor(url, mode, net, hears) {
    this.#mode = mode;
    this.#session = { url, ...net };
    this.#hears = hears;
    this.#transport = new (mode === "websocket" ? WebSocketTransport : Polling)(this.#session);
    this.#listen(this.#transport.packets());
  }

  /** Sends messages: text, or bytes. */
  send(messages) {
    this.raw(messages.map((message) => (typeof message === "string" ? `4${message}` : message)));
  }

  /** Sends packets as they are, behind all others. */
  raw(packets) {
    this.#outbox.push(...packets);
    this.#flush();
  }

  /** Ends: with a goodbye, or in silence, as a network fails; then the server finds out by itself. */
  close(reason, isPolite) {
    if (this.#state === "closed") return;
    this.#state = "closed";
    clearTimeout(this.#silence);
    this.#transport.cut(isPolite);
    if (this.#probe !== this.#transport) this.#probe?.cut();
    this.#hears.closed(reason);
  }

  async #listen(packets) {
    try {
      for await (const packet of packets) {
        if (this.#state === "closed") return;
        this.#hear(packet);
      }
    } catch (error) {
      this.close(error);
    }
  }

  #hear(packet) {
    if (typeof packet !== "string") return this.#hears.message(packet);
    const data = packet.slice(1);
    if (packet[0] === "0") this.#open(JSON.parse(data));
    if (packet[0] === "1") this.close(new Error("the server closed the session"));
    if (packet[0] === "2") this.#answerPing(data);
    if (packet[0] === "4") this.#hears.message(data);
    // 6, a noop, has done what it is for: it ended a GET.
  }

  #open({ sid, upgrades, pingInterval, pingTimeout, maxPayload }) {
    Object.assign(this.#session, { sid, maxPayload, patience: pingInterval + pingTimeout });
    this.#state = "open";
    this.#expectPing();
    this.#hears.opened(this.#transport.name);
    this.#flush();
    if (this.#mode === "upgrade" && upgrades.includes("websocket")) this.#upgrade();
  }

  #answerPing(data) {
    this.#expectPing();
    this.raw([`3${data}`]);
  }

  /** The server pings every `pingInterval`; one that is `pingTimeout` late will not come. */
  #expectPing() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.close(new Error("no ping came in time")), this.#session.patience);
  }

  async #upgrade() {
    this.#probe = new WebSocketTransport(this.#session);
    const packets = this.#probe.packets();
    this.#probe.opened.then(() => this.#probe.send(["2probe"]));
    const answer = await packets.next().catch(() => ({}));
    if (this.#state === "closed") return;
    // No WebSocket gets through, as behind some proxies: polling goes on.
    if (answer.value !== "3probe") return this.#probe.cut();
    // What is said from now on waits for the WebSocket. The server ends the held GET by a noop: were one under way when
    // 5 goes out, a packet in its answer could be overtaken by the next one on the WebSocket.
    this.#state = "moving";
    await Promise.allSettled([this.#sending, this.#transport.pause()]);
    if (this.#state === "closed") return;
    this.#transport = this.#probe;
    this.#transport.send(["5"]);
    this.#state = "open";
    this.#hears.moved(this.#transport.name);
    this.#flush();
    this.#listen(packets);
  }

  /** One POST after the other: two at once could arrive in the other order. */
  async #flush() {
    while (this.#state === "open" && !this.#sending && this.#outbox.length > 0) {
      this.#sending = this.#transport.send(this.#outbox.splice(0));
      await this.#sending.catch((error) => this.close(error));
      this.#sending = undefined;
    }
  }
}
