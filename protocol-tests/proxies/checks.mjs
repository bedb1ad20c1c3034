// What a proxy may do to a chat: cut, delay, refuse, or let connections go to waste.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import http2 from "node:http2";
import { text } from "node:stream/consumers";
import { Chatter } from "../clients/node/chatter.mjs";
import { connected } from "../clients/node/clients.mjs";
import { next, within } from "../clients/node/report.mjs";
import { arrive, PAGE } from "./site.mjs";
import { allConnectionsTo } from "./tcp.mjs";

const BIG = 900_000;
const ROUNDS = 50;
// It takes half a millisecond, or 30 on a machine with too much to do. What a proxy keeps back comes with the next ping, 300 ms apart.
const SOON_MS = 100;
const FEW = 8;

/** Each check by its name: a function of the party, the site and the mode; a server is behind the proxy. */
export const PROXY_CHECKS = {
  async "large: a message of 900 kB is cut nowhere"(party, site, mode) {
    const [ann, bob] = await pair(party, `${site.url}/team-large`, mode);
    const big = "x".repeat(BIG);
    ann.say("ann", big);
    for (const someone of [ann, bob]) await someone.sees((history) => history[0]?.message === big, "900 kB");
  },

  async "latency: a message is not kept back"(party, site, mode) {
    const [ann, bob] = await pair(party, `${site.url}/team-quick`, mode);
    const took = [];
    for (let round = 0; round < ROUNDS; round++) {
      const began = performance.now();
      ann.say("ann", `round ${round}`);
      await bob.hears(`round ${round}`);
      took.push(performance.now() - began);
    }
    const median = took.sort((a, b) => a - b)[ROUNDS / 2];
    assert.ok(median < SOON_MS, `median of ${ROUNDS} rounds: ${median.toFixed(1)} ms`);
  },

  async "connections: those to wire42 are used again"(party, site, mode) {
    const [ann] = await pair(party, `${site.url}/team-busy`, mode);
    const before = allConnectionsTo(site.behind[0]);
    for (let i = 0; i < ROUNDS; i++) {
      assert.deepEqual(await ann.ask({ name: "ann", input: `${i}` }), [{ ok: true }]);
    }
    const opened = [...allConnectionsTo(site.behind[0])].filter((port) => !before.has(port));
    assert.ok(opened.length <= FEW, `${opened.length} connections for ${ROUNDS} messages`);
  },

  async "origin: the page may, another may not"(party, site) {
    await Chatter.join(party.socket(site.url, { extraHeaders: { Origin: PAGE } }));
    const foreign = party.socket(site.url, { extraHeaders: { Origin: "https://elsewhere.example.org" } });
    await assert.rejects(connected(foreign), /connect_error/);
  },
};

/** HTTP/2 to the browser: a session's first three requests. */
export async function pollsByHttp2(_party, site) {
  const session = http2.connect(site.url, site.tls);
  session.on("error", () => {});
  const request = async (query, method = "GET", body = undefined) => {
    const stream = session.request({ ":method": method, ":path": `/socket.io/?EIO=4&transport=polling${query}` });
    stream.end(body);
    const [headers] = await next(stream, "response");
    return [headers[":status"], await within(text(stream), "body")];
  };
  try {
    await next(session, "connect", "connection of HTTP/2");
    const [status, open] = await request("");
    assert.equal(status, 200);
    const { sid } = JSON.parse(open.slice(1));
    assert.deepEqual(await request(`&sid=${sid}`, "POST", "40"), [200, "ok"]);
    assert.match((await request(`&sid=${sid}`))[1], /^40\{"sid":/);
  } finally {
    session.destroy();
  }
}

/** After all those sessions. */
export function namesNoSession(accessLog) {
  assert.ok(!readFileSync(accessLog, "utf8").includes("sid="), "the access log names a session");
}

function pair(party, url, mode) {
  return Promise.all([arrive(party, url, mode), arrive(party, url, mode)]);
}
