// The connection: how it moves, how it is lost, and how it comes back.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE_MS } from "../../node/report.mjs";
import { freePort } from "../../node/server.mjs";

const ADMIN = `127.0.0.1:${await freePort()}`;

const WAYS = [
  { mode: "polling", ends: "polling" },
  { mode: "websocket", ends: "WebSocket" },
  { mode: "upgrade", ends: "WebSocket" },
];

const RECOVERED = { name: "with recovery it comes back after a drop, as the same", flags: ["--recovery", "1m"] };

export const CONNECTION = [
  { mode: "upgrade", name: "the log shows the move: probe, answer, 5, and nothing by polling behind it", body: moves },
  { mode: "polling", name: "nothing goes by WebSocket, and the heartbeat goes on", body: stays },
  { mode: "websocket", name: "nothing goes by HTTP", body: begins },
  ...WAYS.map((way) => ({ ...way, name: "it finds a restarted server by itself", body: (...it) => restart(...it, way) })),
  ...WAYS.map((way) => ({ ...way, name: "it comes back after a drop, as another", body: (visit) => drop(visit, way) })),
  ...WAYS.map((way) => ({ ...RECOVERED, ...way, body: (visit) => recovers(visit, way) })),
  { mode: "websocket", name: "without a server each attempt waits about twice as long as the one before", body: backsOff },
  { mode: "upgrade", name: "where no WebSocket gets through it stays with polling", body: blocked },
  { mode: "polling", name: "a page that is left frees its place", pings: [], flags: ["--max-sessions", "1"], body: place },
  { name: "who chooses another transport says goodbye on the last", pings: [], flags: ["--admin", ADMIN], body: farewell },
  { name: "packets keep their order", mode: "polling", body: order },
  { name: "without WebSocket there is no choice", flags: ["--transports", "polling"], body: pollingOnly },
  { name: "without polling there is none either", flags: ["--transports", "websocket"], body: webSocketOnly },
  { name: "another path is found", flags: ["--path", "/elsewhere/"], body: otherPath },
  { name: "a server for other pages says so", flags: ["--allow-origin", "https://other.example"], body: otherOrigin },
];

async function moves(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.says("hello");
  await ann.hears("hello");
  await ann.logs("PING: still there?");
  const rows = await ann.rows();
  const find = (text) => rows.findIndex((row) => row.text === text && row.lane === "websocket");
  const [probe, answer, move] = ["2probe", "3probe", "5"].map(find);
  assert.ok(0 < probe && probe < answer && answer < move, JSON.stringify({ probe, answer, move }));
  const beginning = ["a session begins: upgrade", "GET /socket.io/?EIO=4&transport=polling"];
  assert.deepEqual(rows.slice(0, 2).map((row) => row.text), beginning);
  assert.deepEqual(rows.filter((row) => row.moves).map((row) => row.text), ["5"], "the line from lane to lane");
  const later = new Set(rows.slice(move + 1).map((row) => row.lane));
  assert.deepEqual([...later], ["websocket"]);
}

async function stays(visit) {
  const ann = await visit();
  await ann.chooses("polling");
  await ann.travelsBy("polling");
  await ann.page.locator("#rows button").filter({ hasText: "PONG: yes" }).nth(2).waitFor();
  const rows = await ann.rows();
  const own = rows.slice(rows.findLastIndex((row) => row.is === "session"));
  // The WebSocket of the session before this one may close late.
  assert.ok(own.every((row) => row.lane !== "websocket" || row.is === "closed"), JSON.stringify(own));
}

async function begins(visit) {
  const ann = await visit();
  await ann.chooses("websocket");
  await ann.travelsBy("WebSocket");
  await ann.logs("40{");
  const rows = await ann.rows();
  const own = rows.slice(rows.findLastIndex((row) => row.is === "session") + 1);
  assert.equal(own.find((row) => row.is === "opening")?.text, "GET /socket.io/?EIO=4&transport=websocket");
  assert.ok(own.some((row) => row.lane === "websocket" && row.text.startsWith("0{")));
}

async function restart(visit, server, { mode, ends }) {
  const ann = await visit();
  await ann.chooses(mode);
  await ann.travelsBy(ends);
  await server.stop();
  await ann.reads("#connection [role=status]", "Not connected");
  await ann.says("lost");
  await ann.reads("#chat [role=alert]", "not connected: nothing was sent");
  await server.start();
  await ann.travelsBy(ends);
  await ann.says("here again");
  await ann.hears("here again");
}

async function drop(visit, { mode, ends }) {
  const ann = await visit();
  await ann.chooses(mode);
  await ann.travelsBy(ends);
  await ann.says("before");
  await ann.hears("before");
  await ann.button("Drop").click();
  await ann.logs("this page has cut the connection; again in");
  await ann.travelsBy(ends);
  await ann.sees(() => document.querySelector("#chat li b")?.textContent === "ann", "own message of a session that is over");
  // Whoever chose another mode than the first has said goodbye in that one; a drop says nothing.
  const goodbyes = (await ann.rows()).filter((row) => row.text === "1").length;
  assert.equal(goodbyes, mode === "upgrade" ? 0 : 1);
}

async function recovers(visit, { mode, ends }) {
  const [ann, bob] = [await visit(), await visit()];
  for (const guest of [ann, bob]) {
    await guest.chooses(mode);
    await guest.travelsBy(ends);
  }
  await ann.says("before", "ann");
  await bob.hears("before");
  for (const word of ["first", "second"]) {
    await ann.button("Drop").click();
    await bob.says(`while she was away, the ${word} time`, "bob");
    await ann.hears(`while she was away, the ${word} time`);
    await ann.travelsBy(ends);
    await ann.says(`behind the ${word} time`, "ann");
    for (const guest of [ann, bob]) await guest.hears(`behind the ${word} time`);
  }
  for (const [guest, names] of [[ann, ["You", "bob", "You", "bob", "You"]], [bob, ["ann", "You", "ann", "You", "ann"]]]) {
    assert.deepEqual(await guest.page.locator("#chat li b").allTextContents(), names);
  }
  const connects = (await ann.rows()).map(({ text }) => text).filter((text) => text.startsWith("40"));
  assert.ok(connects.some((text) => text.startsWith('40{"pid":"•••","offset":"')), connects.join(" "));
  assert.ok(connects.every((text) => !/"pid":"[^•]/.test(text)), "a secret in the log");
}

async function backsOff(visit, server) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await server.stop();
  await ann.page.locator("#rows [data-is=end]").nth(2).waitFor();
  const ends = (await ann.rows()).filter((row) => row.is === "end");
  ends.slice(0, 3).forEach(({ text }, failures) => {
    const seconds = Number(/again in (.*) s/.exec(text)[1]);
    const least = 0.25 * 2 ** failures;
    assert.ok(least - 0.05 <= seconds && seconds <= 3 * least + 0.05, `${failures}: ${text}`);
  });
}

async function blocked(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.page.routeWebSocket("**", (socket) => socket.close());
  await ann.page.reload();
  await ann.logs("the WebSocket is closed");
  await ann.travelsBy("polling");
  await ann.says("all the same");
  await ann.hears("all the same");
}

async function place(visit) {
  const ann = await visit();
  await ann.chooses("polling");
  await ann.travelsBy("polling");
  const bob = await visit();
  await bob.reads("#connection [role=status]", "HTTP 503: All places are taken.");
  const [, seconds] = /again in (.*) s/.exec(await bob.page.textContent("#connection [role=status]"));
  assert.ok(Number(seconds) >= 5, `Retry-After says 5 s: ${seconds}`);
  await ann.page.goto("about:blank");
  await bob.travelsBy("WebSocket");
}

async function farewell(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.chooses("polling");
  await ann.travelsBy("polling");
  await ann.chooses("websocket");
  await ann.travelsBy("WebSocket");
  const by = performance.now() + PATIENCE_MS;
  while ((await goodbyes()) < 2 && performance.now() < by) await sleep(20);
  assert.equal(await goodbyes(), 2);
}

async function order(visit) {
  const ann = await visit();
  await ann.chooses("polling");
  await ann.travelsBy("polling");
  await ann.page.evaluate(() => {
    const form = document.querySelector("#by-hand");
    for (let count = 0; count < 20; count++) {
      form.elements.packet.value = `42["message",{"name":"ann","input":"m${count}"}]`;
      form.requestSubmit();
    }
  });
  await ann.hears("m19");
  const heard = await ann.page.locator("#chat li p:last-child").allTextContents();
  assert.deepEqual(heard, Array.from({ length: 20 }, (_, count) => `m${count}`));
}

async function pollingOnly(visit) {
  const ann = await visit();
  await ann.travelsBy("polling");
  await choices(ann, { upgrade: false, polling: true, websocket: false }, "polling");
}

async function webSocketOnly(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await choices(ann, { upgrade: false, polling: false, websocket: true }, "websocket");
}

async function choices(guest, enabled, chosen) {
  for (const [mode, isEnabled] of Object.entries(enabled)) {
    const radio = guest.page.locator(`[name=mode][value=${mode}]`);
    assert.deepEqual([await radio.isEnabled(), await radio.isChecked()], [isEnabled, mode === chosen], mode);
  }
}

async function otherPath(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.says("hello");
  await ann.hears("hello");
}

async function otherOrigin(visit, server) {
  const ann = await visit();
  await ann.chooses("polling");
  await ann.reads("#connection [role=status]", `this server does not serve pages of ${server.url}`);
}

async function goodbyes() {
  const metrics = await (await fetch(`http://${ADMIN}/metrics`)).text();
  return Number(/^wire42_packets_total\{direction="in".*type="close"\} (\d+)$/m.exec(metrics)[1]);
}
