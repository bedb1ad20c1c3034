// What the world sees: https on a host name, with one or more wire42 processes behind a proxy.
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { Chatter } from "../clients/node/chatter.mjs";
import { CLIENTS, settled } from "../clients/node/clients.mjs";
import { PINGS, Server } from "../clients/node/server.mjs";

/** The only page that may use the chat, as the README tells operators to say. */
export const PAGE = "https://page.example.org";

const FLAGS = ["--allow-origin", PAGE, "--input-bytes", "950000", "--history-bytes", "8000000"];

// The example's names are this machine's, so that the README's configuration stays as it is.
const lookup = (_name, options, done) =>
  options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);

export class Site {
  constructor({ binary, authorities }, { name, port, behind }, host = "chat.example.org") {
    Object.assign(this, { binary, name, port, behind, host });
    this.tls = { ca: authorities.map((file) => readFileSync(file)), lookup };
    this.agent = new Agent({ ...this.tls, keepAlive: true });
  }

  get url() {
    return `https://${this.host}:${this.port}`;
  }

  /** The stock client, which knows the way here. */
  get client() {
    const { io } = CLIENTS.at(-1);
    return { name: this.name, io: (url, options) => io(url, { agent: this.agent, ...options }) };
  }

  /** A process behind the proxy, not yet started. */
  server(pings = PINGS, port = this.behind[0]) {
    return new Server(this.binary, "chat", { port, flags: [...FLAGS, ...pings] });
  }
}

/** One more who has joined, and has come as far as the mode goes. */
export async function arrive(party, url, mode) {
  const chatter = await Chatter.join(party.socket(url));
  await settled(chatter.socket, mode);
  return chatter;
}
