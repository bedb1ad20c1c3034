// The state of the connection in words, and what the visitor may do with it: another transport, another room, a cut.

import { SEPARATOR } from "./transports.js";

export class Connection {
  #state;
  #place;
  #client;
  #room;
  #modes;
  #entry;
  #token = "";

  constructor(root, entry, client, room, server) {
    this.#client = client;
    this.#room = room;
    this.#entry = entry;
    this.#state = root.querySelector("[role=status]");
    this.#place = entry.querySelector("[role=status]");
    this.#modes = root.querySelector("form");
    this.#offer(server.transports);
    this.#modes.addEventListener("change", () => client.open(this.mode));
    root.querySelector("[name=drop]").addEventListener("click", () => client.drop());
    const [rooms, tokens] = entry.querySelectorAll("form");
    entry.hidden = room === undefined;
    this.#on(rooms, ({ room: { value } }) => room.move(value.startsWith("/") ? value : `/${value}`));
    this.#on(tokens, ({ token: { value } }) => room.show((this.#token = value)));
  }

  /** "upgrade", "polling" or "websocket". */
  get mode() {
    return this.#modes.elements.mode.value;
  }

  /** A token is the visitor's secret, as is that by which he is known when he comes back; the log may be copied to somebody else. */
  masked(event) {
    return { ...event, packet: this.#mask(event.packet), text: this.#mask(event.text) };
  }

  /** Says where it stands, here and in the log. */
  state({ is, by, error, delay_ms }, tell) {
    this.#state.dataset.is = is;
    if (is === "connected") this.#state.textContent = `Connected by ${by === "polling" ? "polling" : "WebSocket"}`;
    if (is === "connecting") {
      this.#state.textContent = "Connecting …";
      tell({ is: "session", text: `a session begins: ${this.mode}` });
    }
    if (is !== "waiting") return;
    const forbidden = `this server does not serve pages of ${location.origin}: see --allow-origin`;
    const reason = error.status === 403 ? forbidden : error.message;
    const again = `again in ${(delay_ms / 1000).toFixed(1)} s`;
    this.#state.textContent = `Not connected: ${reason}; ${again}`;
    tell({ is: "end", text: `${reason}; ${again}` });
  }

  joined(name) {
    this.#entry.querySelectorAll("form")[0].elements.room.value = name;
    this.#entry.querySelectorAll("form")[1].hidden = true;
    this.#place.textContent = `in ${name}`;
  }

  refused(name, reason) {
    this.#place.textContent = `${name}: ${reason}`;
    const isAsked = reason === "unauthorized";
    const tokens = this.#entry.querySelectorAll("form")[1];
    if (isAsked && tokens.hidden) tokens.hidden = false;
    if (isAsked) this.#place.textContent = `${name} asks for a token`;
  }

  left(reason) {
    this.#place.textContent = `not in ${this.#room.name}: ${reason}`;
  }

  #mask(text) {
    if (typeof text !== "string") return text;
    const packets = text.split(SEPARATOR);
    const mask = (packet) => (packet.startsWith("40") ? packet.replace(/"pid":"[^"]*"/, '"pid":"•••"') : packet);
    const masked = packets.map(mask).join(SEPARATOR);
    return this.#token === "" ? masked : masked.replaceAll(JSON.stringify(this.#token), '"•••"');
  }

  #offer(transports) {
    const offers = { polling: transports.includes("polling"), websocket: transports.includes("websocket") };
    const modes = { ...offers, upgrade: offers.polling && offers.websocket };
    for (const radio of this.#modes.elements.mode) radio.disabled = !modes[radio.value];
    this.#modes.elements.mode.value = ["upgrade", "websocket", "polling"].find((mode) => modes[mode]);
  }

  #on(form, does) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      does(form.elements);
    });
  }
}
