// On a telephone, by keyboard, in light and dark, with a screen reader.
import assert from "node:assert/strict";
import { createRequire } from "node:module";

const { source } = createRequire(import.meta.url)("axe-core");
const PHONE = { viewport: { width: 360, height: 740 } };

export const ACCESS = [
  { name: "360 px: nothing is wider than the screen", body: narrow },
  { name: "by keyboard alone: speak, go through the log, explain, go back", body: keyboard },
  { name: "by keyboard alone: the transport is chosen by arrow keys", body: arrows },
  { name: "what is new is said, what was there is not", body: spoken },
  { name: "nothing moves for those who do not want it", body: still },
  { name: "everything comes from this server, under a strict policy", body: own },
  { name: "axe finds nothing: light, 1280 px", body: (visit) => sound(visit, { colorScheme: "light" }) },
  { name: "axe finds nothing: dark, 360 px", body: (visit) => sound(visit, { colorScheme: "dark", ...PHONE }) },
  { name: "axe finds nothing: events by hand", app: "echo", body: (visit) => sound(visit, { colorScheme: "dark" }, false) },
];

async function narrow(visit) {
  const ann = await visit(PHONE);
  await fill(ann);
  const wide = await ann.page.evaluate(() => {
    const end = document.documentElement.clientWidth;
    // What stands in a box that scrolls by itself may be wider than the screen.
    const isHeld = (it) => it.closest(".drawing, #chat pre, .spoken");
    const isOver = (it) => it.getBoundingClientRect().right > end + 0.5 && !isHeld(it);
    const over = [...document.body.querySelectorAll("*")].filter(isOver).map((it) => it.outerHTML.slice(0, 80));
    return [document.documentElement.scrollWidth - end, over];
  });
  assert.deepEqual(wide, [0, []]);
}

async function keyboard(visit) {
  const ann = await visit();
  const { page } = ann;
  await ann.travelsBy("WebSocket");
  await page.uncheck("[name=heartbeat]");
  await page.focus("#input");
  await page.keyboard.type("by keyboard");
  await page.keyboard.press("Enter");
  await ann.hears("by keyboard");
  await ann.logs('{"ok":true}');
  // The log is one stop behind its last checkbox.
  await page.focus("[name=http]");
  await page.keyboard.press("Tab");
  const here = () => page.evaluate(() => document.activeElement.querySelector("code")?.textContent);
  await page.keyboard.press("Home");
  assert.equal(await here(), "a session begins: upgrade");
  await page.keyboard.press("ArrowDown");
  assert.equal(await here(), "GET /socket.io/?EIO=4&transport=polling");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowUp");
  assert.match(await here(), /^42\["message",\[/);
  await page.keyboard.press("Enter");
  await ann.reads("#explanation h3", 'EVENT "message"');
  const chosen = await here();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Close");
  await page.keyboard.press("Escape");
  assert.equal(await page.isVisible("#explanation"), false);
  assert.equal(await here(), chosen, "the focus goes back");
}

async function arrows(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await ann.page.focus("[name=mode][value=upgrade]");
  await ann.page.keyboard.press("ArrowRight");
  await ann.travelsBy("polling");
  const chosen = ann.page.locator("[name=mode]:checked + span");
  assert.equal(await chosen.evaluate((it) => getComputedStyle(it).outlineStyle), "solid", "the focus is seen");
}

async function spoken(visit) {
  const [ann, bob] = [await visit(), await visit()];
  await ann.travelsBy("WebSocket");
  for (const input of ["one", "two"]) await ann.says(input);
  await ann.hears("two");
  await bob.page.reload();
  await bob.hears("two");
  const live = () => bob.page.evaluate(() => document.querySelector("[role=log]").ariaLive);
  assert.equal(await live(), "off");
  await ann.says("three");
  await bob.hears("three");
  assert.equal(await live(), "polite");
  assert.equal(await bob.page.locator("#rows").getAttribute("aria-live"), null, "not every packet");
}

async function still(visit) {
  const ann = await visit({ reducedMotion: "reduce" });
  await ann.travelsBy("WebSocket");
  assert.equal(await ann.page.evaluate(() => document.getAnimations().length), 0);
}

async function own(visit, server) {
  const ann = await visit();
  const asked = [];
  ann.page.on("request", (request) => asked.push(request.url()));
  const answer = await ann.page.reload();
  await ann.travelsBy("WebSocket");
  assert.ok(asked.length > 10 && asked.every((url) => url.startsWith(server.url)), asked.join(" "));
  const policy = answer.headers()["content-security-policy"];
  assert.ok(policy.includes("default-src 'none'") && !policy.includes("unsafe"), policy);
  const kept = () => [document.cookie, localStorage.length, Object.keys(sessionStorage).filter((it) => it !== "name")];
  assert.deepEqual(await ann.page.evaluate(kept), ["", 0, []]);
}

async function sound(visit, options, isChat = true) {
  const ann = await visit({ ...options, reducedMotion: "reduce" });
  await fill(ann, isChat);
  await ann.page.evaluate(source);
  const { violations } = await ann.page.evaluate(() => axe.run());
  const places = (nodes) => nodes.slice(0, 3).map((node) => `${node.target} ${node.failureSummary}`);
  assert.deepEqual(violations.map(({ id, nodes }) => [id, places(nodes)]), []);
}

/** Brings everything into the page that can be in it. */
async function fill(guest, isChat = true) {
  await guest.travelsBy("WebSocket");
  if (isChat) {
    await guest.says(`one word: ${"x".repeat(400)}`, "n".repeat(100));
    await guest.hears("one word");
    await guest.says(`// ${"code ".repeat(100)}`, "x".repeat(129));
    await guest.reads("#chat [role=alert]", "too long");
    await guest.says(`// ${"code ".repeat(100)}`);
    await guest.hears("code");
  }
  await guest.sends(`42["${"e".repeat(300)}",]`);
  await guest.logs("again in");
  await guest.travelsBy("WebSocket");
  await guest.row("eeee").click();
  await guest.reads("#explanation", "The session ends");
}
