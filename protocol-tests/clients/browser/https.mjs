// Usage: node https.mjs PATH-TO-WIRE42 PATH-TO-CHROMIUM. The page in every mode, and a page that may not.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MODES } from "../node/modes.mjs";
import { anyFailed, check } from "../node/report.mjs";
import { PINGS, Server } from "../node/server.mjs";
import { Certificate } from "./certificate.mjs";
import { launch } from "./chromium.mjs";
import { Guest } from "./guest.mjs";
import { Site } from "./site.mjs";
import { Visitor } from "./visitor.mjs";

const [binary, executablePath] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "wire42-"));
const certificate = new Certificate(scratch);
const { browser, client } = await launch(executablePath, certificate);
const [home, stranger] = await Promise.all([new Site().open(certificate), new Site().open(certificate)]);

try {
  for (const mode of MODES) {
    await onServer(mode, "chat: two pages see each other's messages", [], meet);
    await onServer(mode, "reconnect: the page finds a restarted server by itself", [], reconnects);
  }
  await onServer(MODES[2], "the server's own page chats by https and wss", [], ownPage);
  const listed = ["--allow-origin", home.origin];
  for (const mode of MODES.slice(0, 2)) {
    await onServer(mode, "allow-origin: a page of the listed origin is let in", listed, enters);
    await onServer(mode, "allow-origin: a page of another origin is kept out", listed, staysOut);
  }
} finally {
  await browser.close();
  [home, stranger].forEach((site) => site.close());
  rmSync(scratch, { recursive: true });
}
process.exit(anyFailed() ? 1 : 0);

/** Runs one check on a server of its own; whoever visited leaves behind it. */
function onServer(mode, name, flags, body) {
  return check(client, mode.name, name, async () => {
    const server = new Server(binary, "chat", { flags: [...PINGS, ...certificate.flags, ...flags] });
    const visitors = [];
    const visit = async (site) => {
      visitors.push(await Visitor.open(browser, site));
      return visitors.at(-1);
    };
    await server.start();
    try {
      await body(visit, server, mode);
    } finally {
      await Promise.all(visitors.map((visitor) => visitor.leaves()));
      await server.stop();
    }
  });
}

async function meet(visit, server, mode) {
  const [ann, bob] = [await visit(home), await visit(home)];
  for (const visitor of [ann, bob]) await visitor.joins(server, mode);
  await ann.says("ann", "hello, Bob");
  await bob.says("bob", "hello, Ann");
  for (const visitor of [ann, bob]) {
    await visitor.hears("ann: hello, Bob");
    await visitor.hears("bob: hello, Ann");
    const isSecure = (url) => url.startsWith(server.url.replace("https:", "wss:"));
    assert.equal(visitor.websockets.filter(isSecure).length, mode.ends === "websocket" ? 1 : 0, "WebSockets over TLS");
  }
}

async function reconnects(visit, server, mode) {
  const ann = await visit(home);
  await ann.joins(server, mode);
  await server.stop();
  await ann.sees(() => !socket.connected, "disconnect");
  await server.start();
  await ann.sees(() => seen.connected === 2, "reconnection");
  await ann.says("ann", "here again");
  await ann.hears("ann: here again");
}

async function ownPage(_, server) {
  const ann = await Guest.open(browser, server.url);
  try {
    await ann.travelsBy("WebSocket");
    await ann.says("by wss");
    await ann.hears("by wss");
    assert.deepEqual(ann.complaints, []);
  } finally {
    await ann.leaves();
  }
}

async function enters(visit, server, mode) {
  const ann = await visit(home);
  await ann.joins(server, mode);
}

/** It tries until it was turned away twice. */
async function staysOut(visit, server, mode) {
  const eve = await visit(stranger);
  await eve.tries(server, mode.transports);
  for (let times = 0; times < 2; times++) {
    await eve.sees(() => seen.refused, "refusal");
    assert.equal(await eve.asks(() => ((seen.refused = ""), seen.connected)), 0, "connected");
  }
}
