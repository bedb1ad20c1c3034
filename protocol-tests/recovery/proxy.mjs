// A TCP proxy that does to its connections what networks do, by chance, and counts it.
//
//   client ── up ──> proxy ── up ──> server          a connection through it is a Line
//   client <─ down ─ proxy <─ down ─ server
import { connect, createServer } from "node:net";

/** What can befall a line, how often beside the others, and what it does; each takes a random number source. */
const BLOWS = {
  close: [4, (line) => line.end()],
  reset: [4, (line) => line.reset()],
  "cut of the client's side only": [3, (line) => line.halve("client")],
  "cut of the server's side only": [3, (line) => line.halve("server")],
  silence: [2, (line) => line.silence()],
  "cut within what comes down": [8, (line, random) => line.cutAfter("down", random.between(1, 3000))],
  "cut within what goes up": [4, (line, random) => line.cutAfter("up", random.between(1, 600))],
  "cut in place of an answer": [8, (line) => line.cutAnswer()],
  delay: [4, (line, random) => line.delay(random.between(20, 300))],
};

const NO_CUTS = ["delay", "refusal"];

/** With this chance a session, or its move to a WebSocket, is cut within its first bytes: there what was missed is sent again. */
const CHANCE_OF_A_BAD_START = 0.15;
const BAD_START = [200, 1500];

const FIRST_REQUEST = /^GET [^ ]*transport=websocket|^GET (?![^ ]*[?&]sid=)/;

export class CuttingProxy {
  counts = {};
  #lines = new Set();
  #random;
  #server;
  #timer;
  #refusesUntil = 0;

  /** Passes on to this port of this machine. */
  constructor(port, random) {
    this.#random = random;
    this.#server = createServer((client) => this.#accept(client, port));
  }

  async open() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** From now on something happens about every so many milliseconds, to a line that is there or to all that come. */
  rage(every_ms) {
    const strike = () => {
      if (this.#random.chance(0.01)) this.#refuse(this.#random.between(50, 500));
      const lines = [...this.#lines].filter((line) => line.isWhole);
      const line = lines[this.#random.between(0, lines.length - 1)];
      const [name, blow] = this.#random.weighted(Object.entries(BLOWS).map(([name, [weight, blow]]) => [weight, [name, blow]]));
      if (line) blow(line.suffers(name), this.#random);
      this.#timer = setTimeout(strike, this.#random.between(0, 2 * every_ms));
    };
    this.#timer = setTimeout(strike, every_ms);
  }

  /** From now on nothing more happens; what was cut stays cut. */
  calm() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#lines.forEach((line) => line.spare());
  }

  close() {
    this.calm();
    this.#server.close();
    this.#lines.forEach((line) => line.end());
  }

  get cuts() {
    return Object.entries(this.counts).reduce((sum, [name, count]) => sum + (NO_CUTS.includes(name) ? 0 : count), 0);
  }

  #refuse(duration_ms) {
    this.#refusesUntil = performance.now() + duration_ms;
  }

  #accept(client, port) {
    if (performance.now() < this.#refusesUntil) {
      this.#count("refusal");
      client.on("error", () => {});
      return void client.resetAndDestroy();
    }
    const line = new Line(client, connect(port, "127.0.0.1"), (name) => this.#count(name));
    this.#lines.add(line);
    line.ended.then(() => this.#lines.delete(line));
    const isRaging = this.#timer !== undefined;
    if (!isRaging || !this.#random.chance(CHANCE_OF_A_BAD_START)) return;
    const bytes = this.#random.between(...BAD_START);
    client.once("data", (chunk) => {
      if (line.isWhole && FIRST_REQUEST.test(chunk.toString("latin1"))) line.suffers("cut within the beginning").cutAfter("down", bytes);
    });
  }

  #count(name) {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}

/** A connection of a client, and the one to the server that belongs to it. */
class Line {
  #client;
  #server;
  #tell;
  #blow;
  #isSilent = false;
  #delay_ms = 0;
  #left = { up: Infinity, down: Infinity };
  #swallows = false;
  #isAsked = false;

  constructor(client, server, tell) {
    this.#client = client;
    this.#server = server;
    this.#tell = tell;
    this.ended = new Promise((resolve) => {
      for (const [from, to, way] of [[client, server, "up"], [server, client, "down"]]) {
        from.setNoDelay(true);
        from.on("data", (chunk) => this.#pass(way, from, to, chunk));
        from.on("error", () => {});
        // Of a line that is half open the other half does not hear.
        from.on("close", () => {
          if (!this.#isSilent) to.destroySoon();
          if (client.destroyed && server.destroyed) resolve();
        });
      }
    });
  }

  get isWhole() {
    return this.#blow === undefined;
  }

  /** By this name it is counted, as soon as it takes effect. */
  suffers(name) {
    this.#blow = name;
    return this;
  }

  /** What has not taken effect yet never will. */
  spare() {
    this.#left = { up: Infinity, down: Infinity };
    this.#swallows = false;
  }

  end() {
    this.#hit();
    this.#destroy();
  }

  reset() {
    this.#hit();
    this.#client.resetAndDestroy();
    this.#server.resetAndDestroy();
  }

  /** One side is gone, and the other hears nothing of that, nor of anything else. */
  halve(side) {
    this.silence();
    (side === "client" ? this.#client : this.#server).destroy();
  }

  /** Nothing passes any more, and nobody is told. */
  silence() {
    this.#hit();
    this.#isSilent = true;
  }

  cutAfter(way, bytes) {
    this.#left[way] = bytes;
  }

  /** The next thing that is asked arrives, its answer does not. */
  cutAnswer() {
    this.#swallows = true;
  }

  delay(ms) {
    this.#hit();
    this.#delay_ms = ms;
  }

  #hit() {
    if (this.#blow) this.#tell(this.#blow);
  }

  #pass(way, from, to, chunk) {
    if (this.#isSilent) return;
    if (way === "up") this.#isAsked = this.#swallows;
    if (way === "down" && this.#isAsked) return this.end();
    if (chunk.length >= this.#left[way]) {
      const rest = chunk.subarray(0, this.#left[way]);
      // What comes behind it may not overtake the end.
      this.silence();
      return void to.write(rest, () => this.#destroy());
    }
    this.#left[way] -= chunk.length;
    if (this.#delay_ms > 0) return void setTimeout(() => this.#isSilent || to.write(chunk), this.#delay_ms);
    if (to.write(chunk)) return;
    from.pause();
    to.once("drain", () => from.resume());
  }

  #destroy() {
    this.#client.destroy();
    this.#server.destroy();
  }
}
