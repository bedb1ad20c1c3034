// A client of Socket.IO: one Engine.IO session at a time, its namespaces, and another session when one was lost.
//
// A thousand clients that lose their server and come back at once bring it down again. So each attempt waits about twice
// as long as the one before, and none as long as its neighbour's.

import { Engine } from "./engine.js";
import { Decoder, encode } from "./packet.js";
import { Socket } from "./socket.js";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 5000;

export class Client {
  #url;
  #net;
  #hears;
  #mode;
  #engine;
  #sockets = new Map();
  #failures = 0;
  #again;

  /** `hears` is told of each `state`. */
  constructor(url, net, hears) {
    this.#url = url;
    this.#net = net;
    this.#hears = hears;
  }

  /** Begins a session, in place of the one that is there. */
  open(mode = this.#mode) {
    this.close();
    this.#mode = mode;
    this.#hears.state({ is: "connecting" });
    const decoder = new Decoder();
    const engine = (this.#engine = new Engine(this.#url, mode, this.#net, {
      opened: (by) => {
        this.#hears.state({ is: "connected", by });
        this.#sockets.forEach((socket) => socket.join());
      },
      moved: (by) => this.#hears.state({ is: "connected", by }),
      message: (message) => this.#hear(decoder, message),
      closed: (error) => engine === this.#engine && this.#lost(error),
    }));
  }

  /** Says goodbye and stays away. */
  close() {
    clearTimeout(this.#again);
    const engine = this.#engine;
    this.#engine = undefined;
    engine?.close(undefined, true);
    this.#sockets.forEach((socket) => socket.lose("this page has ended the session"));
  }

  drop() {
    this.#engine?.close(new Error("this page has cut the connection"));
  }

  /** Sends packets of Engine.IO as they are. */
  raw(packets) {
    this.#engine?.raw(packets);
  }

  /** Gives a namespace, which is joined anew in each session until it is `forgotten`. */
  socket(namespace, hears) {
    const socket = new Socket(namespace, (packet) => this.#engine?.send(encode(packet)), hears);
    this.#sockets.set(namespace, socket);
    return socket;
  }

  forget(namespace) {
    this.#sockets.delete(namespace);
  }

  #hear(decoder, message) {
    try {
      const packet = decoder.add(message);
      // A session that only opens was not worth the attempt; one that lets us in was.
      if (packet?.type === "CONNECT") this.#failures = 0;
      if (packet) this.#sockets.get(packet.namespace)?.hear(packet);
    } catch (error) {
      this.#engine?.close(error);
    }
  }

  #lost(error) {
    this.#sockets.forEach((socket) => socket.lose(error.message));
    const longest = Math.min(FIRST_DELAY_MS * 2 ** this.#failures++, LONGEST_DELAY_MS);
    const delay_ms = Math.max(longest * (0.5 + Math.random()), 1000 * (error.retryAfter || 0));
    this.#hears.state({ is: "waiting", error, delay_ms });
    this.#again = setTimeout(() => this.open(), delay_ms);
  }
}
