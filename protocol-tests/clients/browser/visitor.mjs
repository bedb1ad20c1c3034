// Someone who looks at the page.
import { PATIENCE_MS } from "../node/report.mjs";

export class Visitor {
  /** The URLs of the WebSockets that the page opened. */
  websockets = [];

  /** Opens the page of a site, in a window that shares nothing with others. */
  static async open(browser, site) {
    const visitor = new Visitor();
    visitor.context = await browser.newContext();
    visitor.page = await visitor.context.newPage();
    visitor.page.setDefaultTimeout(PATIENCE_MS);
    visitor.page.on("websocket", (socket) => visitor.websockets.push(socket.url()));
    await visitor.page.goto(site.origin);
    return visitor;
  }

  /** Lets the page connect, and waits until it travels as its mode says it will in the end. */
  async joins(server, mode) {
    await this.tries(server, mode.transports);
    await this.sees(() => seen.connected > 0, "connect");
    await this.sees((name) => travelsBy() === name, `move to ${mode.ends}`, mode.ends);
  }

  tries(server, transports) {
    return this.page.evaluate(([url, transports]) => join(url, transports), [server.url, transports]);
  }

  says(name, input) {
    return this.page.evaluate(([name, input]) => say(name, input), [name, input]);
  }

  hears(line) {
    return this.sees((line) => lines().includes(line), `line ${JSON.stringify(line)}`, line);
  }

  /** Waits until `test` holds in the page. */
  async sees(test, what, argument) {
    try {
      await this.page.waitForFunction(test, argument, { polling: 20 });
    } catch {
      const seen = await this.page.evaluate(() => JSON.stringify({ ...seen, lines: lines() }));
      throw new Error(`no ${what} within ${PATIENCE_MS} ms: ${seen}`);
    }
  }

  asks(test) {
    return this.page.evaluate(test);
  }

  leaves() {
    return this.context.close();
  }
}
