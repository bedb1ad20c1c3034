// A wire42 process: started on a free port, stopped, started again on the same one.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE_MS, within } from "./report.mjs";

const READY = /^wire42: .* on (https?):\/\/.*:(\d+)\//;

// A short interval lets every check live through pings; the long timeout forgives a busy machine.
export const PINGS = ["--ping-interval", "300ms", "--ping-timeout", "2s"];
const FLAGS_OF = { chat: ["--namespace", "/team-*"] };

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Server {
  #child;
  #gone;
  #scheme;
  #port;

  constructor(binary, app, { port = 0, flags = PINGS } = {}) {
    Object.assign(this, { binary, app, flags });
    this.#port = port;
  }

  get port() {
    return this.#port;
  }

  get pid() {
    return this.#child.pid;
  }

  get url() {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  /** Starts the process, on the port that it had if it ran before. */
  async start(stderr = "inherit") {
    const address = ["--host", "127.0.0.1", "--port", String(this.#port)];
    const flags = ["--app", this.app, ...(FLAGS_OF[this.app] ?? []), ...address, ...this.flags];
    const child = spawn(this.binary, flags, { stdio: ["ignore", "pipe", stderr] });
    running.add(child);
    this.#child = child;
    this.#gone = new Promise((resolve) => child.once("exit", resolve)).finally(() => running.delete(child));
    [this.#scheme, this.#port] = await within(this.#announcement(), "listening server");
  }

  /** Starts it as soon as another process gives its port way. */
  async startWhenFree(patience_ms = PATIENCE_MS) {
    const by = performance.now() + patience_ms;
    for (;;) {
      try {
        return await this.start("ignore");
      } catch (error) {
        if (performance.now() > by) throw error;
        await sleep(20);
      }
    }
  }

  /** Ends the process at once, if there is one, and gives its exit status. */
  stop() {
    return this.#end("SIGINT");
  }

  /** Ends the process as its next one is to take its place, and gives its exit status. */
  giveWay(patience_ms) {
    return this.#end("SIGTERM", patience_ms);
  }

  /** Ends the process without a word. */
  kill() {
    return this.#end("SIGKILL");
  }

  #end(signal, patience_ms) {
    this.#child?.kill(signal);
    return within(this.#gone, `end of the server after ${signal}`, patience_ms);
  }

  /** The scheme and the port of the line on standard output. */
  #announcement() {
    const lines = createInterface({ input: this.#child.stdout });
    return new Promise((resolve, reject) => {
      // The lines behind the one that counts are read too: a server that fills its pipe would stop.
      lines.on("line", (line) => {
        const [, scheme, port] = READY.exec(line) ?? [];
        if (port) resolve([scheme, Number(port)]);
      });
      lines.once("close", () => reject(new Error("the server ended before it named its port")));
      this.#child.once("error", reject);
    });
  }
}

/** Finds a port on which nobody listens. */
export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
