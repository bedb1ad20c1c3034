// What a chat client relies on: joining, saying, order, any text, rooms, pings, and a server that comes back.
import assert from "node:assert/strict";
import { Chatter } from "./chatter.mjs";
import { connected, settled } from "./clients.mjs";
import { show } from "./page.mjs";
import { next, within } from "./report.mjs";

const BURST = 200;

const TEXTS = [
  "emoji: \u{1F600} family: \u{1F468}\u200D\u{1F469}\u200D\u{1F467} flag: \u{1F1EE}\u{1F1F3}",
  "combining: e\u0301 a\u0308\u0323, right to left: \u05E9\u05DC\u05D5\u05DD \u0645\u0631\u062D\u0628\u0627",
  "line separators: [\u2028] [\u2029] [\u0085] [\r\n], control: [\u0000] [\u0001] [\u001e] [\u007f]",
  'quotes: " \\ / \' `, a placeholder: {"_placeholder":true,"num":0}, a packet: 42["message"]',
  "edges of UTF-8: \u007f \u0080 \u07ff \u0800 \ufffd \uffff \u{10000} \u{10ffff}, byte order mark: \ufeff",
];

// Each puts at least one element into a page that takes it for HTML.
const ATTACKS = [
  "//<img src=x onerror=alert(1)>",
  "```<script>alert(1)</script>```",
  "//<svg/onload=alert(1)>",
  '//<iframe srcdoc="<script>alert(1)</script>">',
  "// <a href=javascript:alert(1)>here</a>",
  "```<style>*{display:none}</style>",
  "//</div><!--",
  "//\n<b>half a tag",
  "//\u{1F600}<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
];

const SNIPPETS = [...ATTACKS, "// if (a < b && b > c)", "//&lt;b&gt; &amp;amp; &#60;b>", "```x &nbsp &notit; &", "//"];

// Not one of them is HTML to the page.
const NEAR_SNIPPETS = ["/ /<b>&amp;", " //<b>", "``<b>", "http://<b>", "/*<b>&lt;", "<script>alert(1)</script>", "\\/\\/<b>"];

const WRONG = [
  null,
  5,
  "text",
  [],
  ["name", "input"],
  {},
  { name: "ann" },
  { input: "x" },
  { name: 1, input: "x" },
  { name: "x", input: null },
];

/** Each check by its name: a function of the party, which opens sockets, the server and the mode. */
export const CHAT_CHECKS = {
  async "join: a newcomer gets an id and the whole history"(party, server, mode) {
    const early = await Chatter.join(party.socket(server.url));
    await settled(early.socket, mode);
    early.say("early", "long before you came");
    early.say("early", "before you came");
    await early.hears("before you came");
    const late = await Chatter.join(party.socket(server.url));
    assert.match(late.socket.id, /^\S{10,}$/, "socket.id");
    assert.notEqual(late.socket.id, early.socket.id, "both have the same socket.id");
    assert.deepEqual(late.histories[0], early.latest);
    const texts = late.histories[0].map((entry) => entry.message);
    assert.deepEqual(texts.slice(-2), ["long before you came", "before you came"]);
  },

  async "message: everyone hears it, signed with the sender's id"(party, server) {
    const ann = await Chatter.join(party.socket(server.url));
    const bob = await Chatter.join(party.socket(server.url));
    ann.say("ann", "hello, bob");
    for (const someone of [ann, bob]) {
      const { timeStamp, ...entry } = await someone.hears("hello, bob");
      assert.deepEqual(entry, { clientId: ann.socket.id, name: "ann", message: "hello, bob" });
      assert.match(timeStamp, /^([01]\d|2[0-3]):[0-5]\d$/, "timeStamp");
    }
  },

  async "ack: a good message gets {ok:true}"(party, server) {
    const ann = await Chatter.join(party.socket(server.url));
    assert.deepEqual(await ann.ask({ name: "ann", input: "heard?" }), [{ ok: true }]);
    await ann.hears("heard?");
  },

  async "ack: a bad message gets {error} and is not stored"(party, server) {
    const ann = await Chatter.join(party.socket(server.url));
    const before = ann.latest.length;
    for (const bad of WRONG) {
      const answer = await ann.ask(bad);
      const got = `${JSON.stringify(bad)} was answered ${JSON.stringify(answer)}`;
      assert.equal(typeof answer[0]?.error, "string", got);
    }
    ann.say("ann", "a good one");
    await ann.hears("a good one");
    assert.equal(ann.latest.length, before + 1, "messages stored");
  },

  // The senders begin in the moment they connect, so that in mode "upgrade" the burst goes across the upgrade.
  async [`burst: ${BURST} messages of two clients arrive in one order`](party, server) {
    const pair = ["left", "right"].map((name) => ({ name, chatter: new Chatter(party.socket(server.url)) }));
    await Promise.all(pair.map(({ chatter }) => connected(chatter.socket)));
    const said = (name) => Array.from({ length: BURST / 2 }, (_, i) => `burst ${name} ${i}`);
    for (const { name, chatter } of pair) said(name).forEach((text) => chatter.say(name, text));

    const isOurs = (entry) => entry.message.startsWith("burst ");
    for (const { name, chatter } of pair) {
      const isWhole = (history) => history.filter(isOurs).length >= BURST;
      const whole = await chatter.sees(isWhole, `history of ${BURST} messages (${name})`);
      for (const who of ["left", "right"]) {
        const theirs = whole.filter((entry) => isOurs(entry) && entry.name === who);
        assert.deepEqual(theirs.map((entry) => entry.message), said(who));
      }
      chatter.assertOneGrowingList();
    }
    assert.deepEqual(pair[0].chatter.latest, pair[1].chatter.latest, "the two final histories differ");
  },

  async "unicode: any text comes back as it went"(party, server) {
    const ann = await Chatter.join(party.socket(server.url));
    const bob = await Chatter.join(party.socket(server.url));
    for (const text of TEXTS) {
      ann.say(text, text);
      for (const someone of [ann, bob]) assert.equal((await someone.hears(text)).name, text);
    }
  },

  async "unicode: a lone surrogate comes back as it went"(party, server) {
    const ann = await Chatter.join(party.socket(server.url));
    ann.say("ann", "half a pair: \ud83d!");
    await ann.hears("half a pair: \ud83d!");
  },

  async "snippets: whatever is typed shows as it was typed, and makes no element"(party, server) {
    for (const text of ATTACKS) assert.notEqual(show(text).elements.length, 0, `no attack: ${text}`);
    const ann = await Chatter.join(party.socket(server.url));
    for (const text of [...SNIPPETS, ...NEAR_SNIPPETS]) {
      assert.deepEqual(await ann.ask({ name: "ann", input: text }), [{ ok: true }]);
      assert.deepEqual(show(ann.latest.at(-1).message), { text, elements: [] });
    }
  },

  async "rooms: a namespace has a history of its own"(party, server) {
    const ann = await Chatter.join(party.socket(server.url));
    const inA = await Chatter.join(party.beside(ann.socket, "/team-a"));
    const bob = await Chatter.join(party.socket(`${server.url}/team-a`));
    const inB = await Chatter.join(party.socket(`${server.url}/team-b`));
    assert.deepEqual([inA.histories[0], inB.histories[0]], [[], []], "a new room is not empty");
    inA.say("ann", "only for team a");
    ann.say("ann", "for the main room");
    assert.equal((await inA.hears("only for team a")).clientId, inA.socket.id);
    await bob.hears("only for team a");
    await ann.hears("for the main room");
    const sizes = [inA, bob, inB].map(({ latest }) => latest.length);
    assert.deepEqual(sizes, [1, 1, 0], "messages in /team-a, /team-a, /team-b");
    const leaked = ann.latest.some((entry) => entry.message === "only for team a");
    assert.ok(!leaked, "the main room hears a room's message");
  },

  async "rooms: a namespace that was not allowed is refused"(party, server) {
    const [error] = await next(party.socket(`${server.url}/elsewhere`), "connect_error");
    assert.equal(error.message, "Invalid namespace");
  },

  async "heartbeat: an idle client lives through three pings"(party, server, mode) {
    const ann = await Chatter.join(party.socket(server.url));
    await settled(ann.socket, mode);
    let lost;
    ann.socket.once("disconnect", (reason) => (lost = reason));
    await pings(ann.socket.io.engine, 3);
    assert.deepEqual(await ann.ask({ name: "ann", input: "still here" }), [{ ok: true }]);
    assert.equal(lost, undefined, "disconnected");
  },
};

/** Has a server of its own, which it starts, stops, and starts again. */
export async function reconnects(party, server, mode) {
  await server.start();
  const ann = await Chatter.join(party.socket(server.url));
  await settled(ann.socket, mode);
  ann.say("ann", "before the restart");
  await ann.hears("before the restart");
  const firstId = ann.socket.id;

  const lost = next(ann.socket, "disconnect");
  await server.stop();
  await lost;
  ann.histories.length = 0;
  const back = next(ann.socket, "connect", "reconnection");
  await server.start();
  await back;
  await ann.sees(Array.isArray, "history after reconnecting");
  assert.notEqual(ann.socket.id, firstId, "the id is the old one");
  assert.deepEqual(await ann.ask({ name: "ann", input: "after the restart" }), [{ ok: true }]);
  assert.equal((await ann.hears("after the restart")).clientId, ann.socket.id);
  await server.stop();
}

/** Waits for that many pings of the server; not every version tells of pings, but all tell of packets. */
function pings(engine, count) {
  const enough = new Promise((resolve) => {
    engine.on("packet", ({ type }) => type === "ping" && --count === 0 && resolve());
  });
  return within(enough, "third ping");
}
