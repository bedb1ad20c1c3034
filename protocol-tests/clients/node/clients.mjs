// The stock clients under test, and how the checks open and close their sockets.
import { io as io3 } from "socket.io-client-3.1.3";
import { io as io46 } from "socket.io-client-4.6.1";
import { io as io48 } from "socket.io-client-4.8.4";
import { next, within } from "./report.mjs";

export const CLIENTS = [
  { name: "socket.io-client 3.1.3", io: io3 },
  { name: "socket.io-client 4.6.1", io: io46 },
  { name: "socket.io-client 4.8.4", io: io48 },
];

/** Opens the connections of one check and closes them all at its end. */
export class Party {
  #sockets = [];

  constructor({ io }, mode) {
    Object.assign(this, { io, mode });
  }

  /** A socket on its own connection; `options` are the client's. */
  socket(url, options = {}) {
    const socket = this.io(url, {
      forceNew: true,
      reconnectionDelay: 100,
      reconnectionDelayMax: 300,
      ...(this.mode.transports && { transports: this.mode.transports }),
      ...options,
    });
    this.#sockets.push(socket);
    return socket;
  }

  /** A socket for another namespace on the connection that `socket` has. */
  beside(socket, namespace) {
    const other = socket.io.socket(namespace);
    this.#sockets.push(other);
    return other;
  }

  leave() {
    for (const socket of this.#sockets) socket.disconnect();
  }
}

/** Runs `body` with a party that is over when `body` is. */
export async function withParty(client, mode, body) {
  const party = new Party(client, mode);
  try {
    await body(party);
  } finally {
    party.leave();
  }
}

/** Waits until the socket has joined, and says why when it may not. */
export async function connected(socket) {
  if (socket.connected) return;
  const refused = next(socket, "connect_error", "connect or connect_error").then(([error]) => {
    throw new Error(`connect_error: ${error.message}`);
  });
  await Promise.race([next(socket, "connect"), refused]);
}

/** Waits until the connection travels as its mode says it will in the end. */
export async function settled(socket, mode) {
  const engine = socket.io.engine;
  if (engine.transport.name !== mode.ends) {
    await within(new Promise((resolve) => engine.once("upgrade", resolve)), `upgrade to ${mode.ends}`);
  }
  const travelsBy = engine.transport.name;
  if (travelsBy !== mode.ends) throw new Error(`travels by ${travelsBy}, not ${mode.ends}`);
}
