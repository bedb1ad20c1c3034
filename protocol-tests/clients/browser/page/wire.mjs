// The log, each of its buttons and fields, packets by hand, and explanations.
import assert from "node:assert/strict";

export const WIRE = [
  { name: "pause holds the log, resume brings what was missed", body: pause },
  { name: "copy puts the shown rows on the clipboard, a line each", body: copy },
  { name: "clear empties the log", body: clear },
  { name: "filter: by words, without heartbeat, without HTTP", body: filter },
  { name: "the log keeps its last 500 rows, and its end in view", app: "plus", body: bounded },
  { name: "a packet by hand arrives; a broken one ends the session, and another begins", body: byHand },
  { name: "two packets by hand in one body, and one that is no base64", body: bodyByHand },
  { name: "each example goes into the field", body: examples },
  { name: "a click explains a packet, a request and a body in the server's words", body: explains },
  { name: "a broken packet is explained at the byte, also behind characters of several bytes", body: explainsFault },
  { name: "without a server the explanation says so", body: unexplained },
];

const shown = (guest) => guest.page.locator("#rows li:not([hidden])").count();

async function pause(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.button("Pause").click();
  const before = await shown(ann);
  await ann.says("while it is paused");
  await ann.hears("while it is paused");
  await ann.sees(() => /Resume \([3-9]|\d\d/.test(document.querySelector("[name=pause]").textContent), "count");
  assert.equal(await shown(ann), before);
  assert.equal(await ann.page.getAttribute("[name=pause]", "aria-pressed"), "true");
  await ann.page.click("[name=pause]");
  await ann.logs('{"ok":true}');
  assert.equal(await ann.page.textContent("[name=pause]"), "Pause");
}

async function copy(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.page.uncheck("[name=heartbeat]");
  await ann.says("x".repeat(1000));
  await ann.logs('{"ok":true}');
  await ann.button("Copy").click();
  await ann.reads("#tools [role=status]", "lines copied");
  const lines = (await ann.page.evaluate(() => navigator.clipboard.readText())).trimEnd().split("\n");
  assert.equal(lines.length, await shown(ann));
  const find = (what) => lines.find((line) => line.includes(what)) ?? `no ${what}`;
  assert.match(find("client >  40"), /^ +\d+\.\d{3}  polling    client >  40    # CONNECT to \/$/);
  assert.match(find("3probe"), /^ +\d+\.\d{3}  WebSocket  server <  3probe    # PONG: it works$/);
  assert.ok(find("xxx").includes("x".repeat(1000)), "a packet is copied whole");
}

async function clear(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.page.uncheck("[name=heartbeat]");
  await ann.button("Clear").click();
  assert.equal(await shown(ann), 0);
  await ann.says("after it");
  await ann.logs('{"ok":true}');
}

async function filter(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.logs("PONG: yes");
  await ann.page.uncheck("[name=heartbeat]");
  const rows = await ann.rows();
  assert.ok(rows.every(({ text }) => text !== "2" && text !== "3"), "a heartbeat");
  assert.ok(rows.some(({ text }) => text === "2probe"), "the probe is no heartbeat");
  await ann.page.uncheck("[name=http]");
  assert.ok((await ann.rows()).every(({ is }) => !["request", "answer"].includes(is)), "HTTP");
  await ann.page.fill("#words", "PROBE");
  assert.deepEqual((await ann.rows()).map(({ text }) => text), ["2probe", "3probe"]);
  await ann.page.fill("#words", "does the websocket");
  assert.deepEqual((await ann.rows()).map(({ text }) => text), ["2probe"], "by its meaning");
  await ann.page.fill("#words", "");
  await ann.page.check("[name=http]");
  await ann.page.check("[name=heartbeat]");
  await ann.logs("PONG: yes");
}

async function bounded(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.sends('42["burst",700,1]');
  await ann.logs("[\"burst-back\",699");
  assert.equal(await ann.page.locator("#rows li").count(), 500);
  await ann.sees(() => {
    const { scrollHeight, scrollTop, clientHeight } = document.querySelector("#rows");
    return scrollHeight - scrollTop - clientHeight < 2;
  }, "end of the log");
}

async function byHand(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.sends('427["message",{"name":"by hand","input":"typed"}]');
  await ann.hears("typed");
  await ann.logs('437[{"ok":true}]');
  await ann.sends('42["message",');
  await ann.logs("again in");
  await ann.travelsBy("WebSocket");
  await ann.sends("1");
  await ann.page.locator("#rows [data-is=end]").nth(1).waitFor();
  await ann.travelsBy("WebSocket");
}

async function bodyByHand(visit) {
  const ann = await visit();
  await ann.chooses("polling");
  await ann.travelsBy("polling");
  await ann.sends('42["message",{"name":"a","input":"first"}]␞42["message",{"name":"a","input":"second"}]');
  await ann.hears("second");
  await ann.sends("b*");
  // Of the answer to the POST and the 1 that ends the GET, either may come first.
  await ann.logs("again in");
  await ann.travelsBy("polling");
}

async function examples(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  const values = await ann.page.locator("#example option").evaluateAll((options) => options.map((option) => option.value));
  for (const value of values) {
    await ann.page.selectOption("#example", value);
    assert.equal(await ann.page.inputValue("#packet"), value);
  }
}

async function explains(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.page.uncheck("[name=heartbeat]");
  await ann.row("2probe").click();
  await ann.reads("#explanation h3", "PING probe");
  await ann.reads("#explanation", "fixtures/engine.io/06-upgrade.md");
  await ann.row("a session, please").click();
  await ann.reads("#explanation h3", "HANDSHAKE");
  await ann.row("packets from the server").click();
  await ann.reads("#explanation", "proven");
  const lines = await drawing(ann);
  assert.ok(/^\d/.test(lines[0]) && lines.at(-1).startsWith("└ Engine.IO type"), lines.join("\n"));
  assert.equal(await ann.page.locator("#rows [aria-current]").count(), 1);
  await ann.button("Close").click();
  assert.equal(await ann.page.isVisible("#explanation"), false);
  assert.equal(await ann.page.locator("#rows [aria-current]").count(), 0);
}

async function explainsFault(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.sends('42["é😀",]');
  await ann.row('42["é😀",]').click();
  await ann.reads("#explanation", "The session ends");
  const [text, fault] = await drawing(ann);
  assert.equal(text, '42["é😀",]');
  assert.equal([...text][fault.indexOf("^")], "]", `${text} / ${fault}`);
}

async function unexplained(visit, server) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await server.stop();
  await ann.reads("#connection [role=status]", "Not connected");
  await ann.row("2probe").click();
  await ann.reads("#explanation", "No explanation: ");
}

/** The lines of the drawing as they are seen. */
function drawing(guest) {
  return guest.page.locator("#explanation .drawing").first().locator("> *").evaluateAll((lines) =>
    lines.map((line) => [...line.childNodes].filter((it) => it.className !== "spoken").map((it) => it.textContent).join("")));
}
