// Someone who uses the page that wire42 itself serves.
import { PATIENCE_MS } from "../node/report.mjs";

/** What a browser says of its own accord while there is no server, or one that refuses. */
const NETWORK = /^Failed to load resource|^WebSocket connection to /;

export class Guest {
  /** Whatever the browser found wrong: exceptions, errors, and what the Content-Security-Policy stopped. */
  complaints = [];

  /** Opens the page in a window that shares nothing with others. */
  static async open(browser, url, options = {}) {
    const guest = new Guest();
    guest.context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    await guest.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await guest.context.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective }) => console.error(`policy: ${violatedDirective}`));
    });
    guest.page = await guest.context.newPage();
    guest.page.setDefaultTimeout(PATIENCE_MS);
    guest.page.on("pageerror", (error) => guest.complaints.push(error.message));
    guest.page.on("console", (message) => {
      if (message.type() === "error" && !NETWORK.test(message.text())) guest.complaints.push(message.text());
    });
    await guest.page.goto(url);
    return guest;
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** The button of that name beside the packet by hand. */
  get sendByHand() {
    return this.page.locator("#by-hand button");
  }

  async chooses(mode) {
    await this.page.locator(`[name=mode][value=${mode}]`).check();
  }

  async travelsBy(transport) {
    await this.reads("#connection [role=status]", `Connected by ${transport}`);
    await this.sees(() => /^in /.test(document.querySelector("#entry [role=status]").textContent), "room");
  }

  async isCutOff() {
    await this.reads("#connection [role=status]", "Not connected");
  }

  async says(input, name = "ann") {
    await this.page.fill("#name", name);
    await this.page.fill("#input", input);
    await this.page.press("#input", "Enter");
  }

  async hears(line) {
    const isThere = (line) => [...document.querySelectorAll("#chat li")].some((it) => it.innerText.includes(line));
    await this.sees(isThere, `"${line}"`, line);
  }

  async sends(packet) {
    await this.page.fill("#packet", packet);
    await this.sendByHand.click();
  }

  /** The rows that are shown: where, from whom, and what. */
  rows() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll("#rows li:not([hidden])")].map((row) => ({
        lane: ["polling", "websocket"][[...row.querySelectorAll(".lane")].findIndex((it) => it.matches(".here"))] ?? "",
        from: row.dataset.from,
        is: row.dataset.is,
        text: row.querySelector("code").textContent,
        meaning: row.querySelector(".meaning").textContent,
        moves: row.querySelector(".moves") !== null,
      })));
  }

  row(text) {
    return this.page.locator("#rows li:not([hidden]) button").filter({ hasText: text }).last();
  }

  async logs(text) {
    await this.row(text).waitFor();
  }

  async logsExactly(text) {
    const isThere = (text) => [...document.querySelectorAll("#rows code")].some((it) => it.textContent === text);
    await this.sees(isThere, `packet ${text}`, text);
  }

  async reads(selector, text) {
    const holds = ([selector, text]) => document.querySelector(selector).textContent.includes(text);
    await this.sees(holds, `"${text}" in ${selector}`, [selector, text]);
  }

  /** Waits until `test` holds in the page. */
  async sees(test, what, argument) {
    try {
      await this.page.waitForFunction(test, argument, { polling: 20 });
    } catch {
      const said = await this.page.locator("[role=status], [role=alert]").allTextContents();
      const rows = (await this.rows()).slice(-5).map((row) => row.text);
      throw new Error(`no ${what} within ${PATIENCE_MS} ms: ${JSON.stringify({ said, rows })}`);
    }
  }

  leaves() {
    return this.context.close();
  }
}
