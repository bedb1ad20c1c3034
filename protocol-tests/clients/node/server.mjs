// A wire42 process: started on a free port, stopped, started again on the same one.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { within } from "./report.mjs";

const READY = /^wire42: .* on (https?):\/\/.*:(\d+)\//;

// A short interval lets every check live through pings; the long timeout forgives a busy machine.
const FLAGS = ["--host", "127.0.0.1", "--ping-interval", "300ms", "--ping-timeout", "2s"];
const FLAGS_OF = { chat: ["--namespace", "/team-*"], echo: [] };

const running = new Set();
process.once("exit", () => running.forEach((child) => child.kill("SIGKILL")));

export class Server {
  #child;
  #gone;
  #scheme;
  #port = 0;

  constructor(binary, app, flags = []) {
    Object.assign(this, { binary, app, flags });
  }

  get url() {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  /** Starts the process, on the port that it had if it ran before. */
  async start() {
    const flags = ["--app", this.app, ...FLAGS_OF[this.app], "--port", String(this.#port), ...FLAGS, ...this.flags];
    const child = spawn(this.binary, flags, { stdio: ["ignore", "pipe", "inherit"] });
    running.add(child);
    this.#child = child;
    this.#gone = new Promise((resolve) => child.once("exit", resolve)).then(() => running.delete(child));
    [this.#scheme, this.#port] = await within(this.#announcement(), "listening server");
  }

  async stop() {
    this.#child.kill("SIGTERM");
    await within(this.#gone, "end of the server after SIGTERM");
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
