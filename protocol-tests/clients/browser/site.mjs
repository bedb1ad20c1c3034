// The front end's server: one page over https, with the stock client as its package ships it.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { fileURLToPath } from "node:url";

const read = (file) => readFileSync(fileURLToPath(new URL(file, import.meta.url)));

const FILES = {
  "/": ["text/html; charset=utf-8", read("page.html")],
  "/socket.io.js": ["text/javascript", read("node_modules/socket.io-client/dist/socket.io.min.js")],
};

export class Site {
  #server;

  /** Serves on a free port, which makes it an origin of its own. */
  async open(certificate) {
    this.#server = createServer(certificate.options, ({ url }, response) => {
      const [type, body] = FILES[url] ?? [];
      response.writeHead(type ? 200 : 404, type && { "Content-Type": type }).end(body);
    });
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get origin() {
    return `https://127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
