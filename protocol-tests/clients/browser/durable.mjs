// Usage: node durable.mjs PATH-TO-WIRE42 PATH-TO-CHROMIUM. Two people chat, the process is killed and started again.
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

const KILLS = 3;
// Said in the moment of the kill: it may be there or not, but not twice.
const DYING = "with the last breath";

const [binary, executablePath] = process.argv.slice(2);
const scratch = mkdtempSync(join(tmpdir(), "wire42-"));
const certificate = new Certificate(scratch);
const { browser, client } = await launch(executablePath, certificate);
const home = await new Site().open(certificate);

try {
  for (const mode of MODES) {
    await onServer(mode, "kill -9: on the server's own page nothing is missing, and You is still You", onOwnPage);
    await onServer(mode, "kill -9: on a front end with the stock client nothing is missing, and the id is the same", onFrontEnd);
  }
} finally {
  await browser.close();
  home.close();
  rmSync(scratch, { recursive: true });
}
process.exit(anyFailed() ? 1 : 0);

/** Runs one check on a server with a file of its own; whoever visited leaves behind it. */
function onServer(mode, name, body) {
  return check(client, mode.name, name, async () => {
    const file = join(mkdtempSync(join(scratch, "store-")), "chat.db");
    const store = ["--store", `sqlite:${file}`, "--recovery", "2m"];
    const server = new Server(binary, "chat", { flags: [...PINGS, ...certificate.flags, ...store] });
    const visitors = [];
    await server.start();
    try {
      await body((visitor) => (visitors.push(visitor), visitor), server, mode);
    } finally {
      await Promise.all(visitors.map((visitor) => visitor.leaves()));
      await server.kill();
    }
  });
}

async function onOwnPage(visit, server, mode) {
  const [ann, bob] = [visit(await Guest.open(browser, server.url)), visit(await Guest.open(browser, server.url))];
  const travels = { polling: "polling", websocket: "WebSocket" }[mode.ends];
  for (const guest of [ann, bob]) {
    await guest.chooses(mode.name);
    await guest.travelsBy(travels);
  }
  for (let life = 0; life <= KILLS; life++) {
    if (life > 0) {
      await ann.says(`${DYING} ${life}`, "ann");
      await server.kill();
      // What is said before a page knows of its loss stays in the field: that is another check.
      for (const guest of [ann, bob]) await guest.isCutOff();
      await server.start();
    }
    for (const guest of [ann, bob]) await guest.travelsBy(travels);
    await ann.says(`ann in life ${life}`, "ann");
    await bob.hears(`ann in life ${life}`);
    await bob.says(`bob in life ${life}`, "bob");
    for (const guest of [ann, bob]) await guest.hears(`bob in life ${life}`);
  }
  const lives = Array.from({ length: KILLS + 1 }, (_, life) => life);
  const texts = lives.flatMap((life) => [`ann in life ${life}`, `bob in life ${life}`]);
  for (const [guest, names] of [[ann, ["You", "bob"]], [bob, ["ann", "You"]]]) {
    const said = await guest.page.locator("#chat li p:last-child").allTextContents();
    const heads = await guest.page.locator("#chat li b").allTextContents();
    assertOnce(said);
    assert.deepEqual(said.filter((text) => !text.startsWith(DYING)), texts);
    assert.deepEqual(heads.filter((_, at) => !said[at].startsWith(DYING)), lives.flatMap(() => names));
    assert.ok(heads.every((head, at) => !said[at].startsWith(DYING) || head === names[0]), `${heads}`);
    assert.deepEqual(guest.complaints, []);
  }
}

async function onFrontEnd(visit, server, mode) {
  const [ann, bob] = [visit(await Visitor.open(browser, home)), visit(await Visitor.open(browser, home))];
  for (const visitor of [ann, bob]) await visitor.joins(server, mode);
  const id = (visitor) => visitor.asks(() => socket.id);
  const ids = [await id(ann), await id(bob)];
  for (let life = 0; life <= KILLS; life++) {
    if (life > 0) {
      await ann.says("ann", `${DYING} ${life}`);
      const before = await Promise.all([ann, bob].map((visitor) => visitor.asks(() => seen.connected)));
      await server.kill();
      await server.start();
      for (const [i, visitor] of [ann, bob].entries()) {
        await visitor.sees((before) => seen.connected > before, "return", before[i]);
      }
    }
    await ann.says("ann", `in life ${life}`);
    await bob.says("bob", `in life ${life}`);
    for (const visitor of [ann, bob]) for (const name of ["ann", "bob"]) await visitor.hears(`${name}: in life ${life}`);
    assert.deepEqual([await id(ann), await id(bob)], ids);
    for (const visitor of [ann, bob]) assert.equal(await visitor.asks(() => socket.recovered), life > 0);
  }
  for (const visitor of [ann, bob]) {
    const shown = await visitor.asks(() => lines());
    assertOnce(shown);
    assert.equal(shown.filter((line) => !line.includes(DYING)).length, 2 * (KILLS + 1), shown.join(", "));
  }
}

function assertOnce(lines) {
  assert.equal(new Set(lines).size, lines.length, `there twice: ${lines.join(", ")}`);
}
