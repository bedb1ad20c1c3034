// The chat, its rooms, its token, and what it says of a message that was not stored.
import assert from "node:assert/strict";

const MODES = [
  { mode: "polling", ends: "polling" },
  { mode: "websocket", ends: "WebSocket" },
  { mode: "upgrade", ends: "WebSocket" },
];
const ATTACK = `<img src=x onerror="window.attacked = 1">`;

export const CHAT = [
  ...MODES.map((way) => ({ ...way, name: "two pages see each other's messages", body: (visit) => meet(visit, way) })),
  { name: "markup stays text, in the chat, the log and the explanation", body: isText },
  { name: "a snippet of code is shown as it was typed", body: snippet },
  { name: "the name is there after a reload, Shift+Enter is a new line", body: keepsName },
  { name: "what is not stored stays in the field, with the reason", body: notStored },
  { name: "a flood is refused with a sentence", flags: ["--rate", "1", "--rate-burst", "2"], body: flood },
  { name: "another room is entered and the old one left; one that is refused changes nothing", body: rooms },
  { name: "a token is asked for, shown, and not in the log", flags: ["--token", "open sesame"], body: token },
];

async function meet(visit, { mode, ends }) {
  const [ann, bob] = [await visit(), await visit()];
  for (const guest of [ann, bob]) {
    await guest.chooses(mode);
    await guest.travelsBy(ends);
  }
  await ann.says("hello, Bob", "ann");
  await bob.hears("hello, Bob");
  await bob.says("hello, Ann", "bob");
  for (const guest of [ann, bob]) await guest.hears("hello, Ann");
  const heads = (guest) => guest.page.locator("#chat li b").allTextContents();
  assert.deepEqual(await heads(ann), ["You", "bob"]);
  assert.deepEqual(await heads(bob), ["ann", "You"]);
  assert.equal(await ann.page.inputValue("#input"), "", "what was stored leaves the field");
}

async function isText(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.says(ATTACK, `ann ${ATTACK}`);
  await ann.hears(ATTACK);
  await ann.says(`// ${ATTACK}`, ATTACK);
  await ann.hears(`// ${ATTACK}`);
  await ann.row('42["message",[').click();
  await ann.reads("#explanation h3", "EVENT");
  await ann.sends(`42["${ATTACK.replaceAll('"', "'")}"]`);
  await ann.row("<img").click();
  await ann.reads("#explanation h3", "<img");
  await ann.sends(ATTACK);
  await ann.logs("again in");
  await ann.row("<img").click();
  await ann.reads("#explanation h3", "BROKEN at byte 0");
  assert.equal(await ann.page.locator("img, script:not([src='/page/page.js'])").count(), 0, "elements out of nowhere");
  assert.equal(await ann.page.evaluate(() => window.attacked), undefined);
}

async function snippet(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.says("// if (a < b && c > d) &lt;");
  await ann.hears("// if (a < b && c > d) &lt;");
  assert.equal(await ann.page.locator("#chat pre code").textContent(), "// if (a < b && c > d) &lt;");
}

async function keepsName(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.page.fill("#name", "ann");
  await ann.page.fill("#input", "one");
  await ann.page.press("#input", "Shift+Enter");
  await ann.page.locator("#input").pressSequentially("two");
  await ann.page.locator("#chat form button").click();
  await ann.hears("one\ntwo");
  await ann.page.reload();
  await ann.hears("one\ntwo");
  assert.equal(await ann.page.inputValue("#name"), "ann");
}

async function notStored(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.says("hello", "x".repeat(129));
  await ann.reads("#chat [role=alert]", "Not stored: the name is too long.");
  assert.equal(await ann.page.inputValue("#input"), "hello");
  await ann.says("hello", "ann");
  await ann.hears("hello");
  await ann.sees(() => document.querySelector("#chat [role=alert]").textContent === "", "end of the complaint");
}

async function flood(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.page.fill("#input", "once more");
  // All at once: a slow machine would else be given leave for each.
  await ann.page.evaluate(() => [1, 2, 3, 4, 5].forEach(() => document.querySelector("#chat form").requestSubmit()));
  await ann.reads("#chat [role=alert]", "too many messages");
}

async function rooms(visit) {
  const [ann, bob] = [await visit(), await visit()];
  for (const guest of [ann, bob]) await guest.travelsBy("WebSocket");
  await bob.says("in the hall");
  await ann.hears("in the hall");
  await enter(ann, "team-a");
  await ann.reads("#entry [role=status]", "in /team-a");
  await ann.logsExactly("41");
  assert.deepEqual(await ann.page.locator("#chat li").count(), 0, "messages of another room");
  await ann.says("in the team");
  await ann.hears("in the team");
  await enter(ann, "/nowhere");
  await ann.reads("#entry [role=status]", "/nowhere: Invalid namespace");
  await ann.says("still here");
  await ann.hears("still here");
  assert.equal(await bob.page.locator("#chat li").count(), 1);
}

async function enter(guest, room) {
  await guest.page.fill("#room", room);
  await guest.button("Join").click();
}

async function token(visit) {
  const ann = await visit();
  await ann.reads("#entry [role=status]", "/ asks for a token");
  await show(ann, "open");
  await ann.page.locator("#rows code").filter({ hasText: /^44/ }).nth(1).waitFor();
  await show(ann, "open sesame");
  await ann.travelsBy("WebSocket");
  await ann.says("let in");
  await ann.hears("let in");
  assert.equal(await ann.page.isVisible("#token"), false, "a field for a token that was right");
  await ann.button("Drop").click();
  await ann.logs("again in");
  await ann.travelsBy("WebSocket");
  const shown = (await ann.rows()).map((row) => row.text).join("\n");
  assert.ok(shown.includes('40{"token":"•••"}') && !shown.includes("sesame"), shown);
}

async function show(guest, token) {
  await guest.page.fill("#token", token);
  await guest.button("Show").click();
}
