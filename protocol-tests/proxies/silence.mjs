// What only shows after more than a minute: a proxy's patience with a client, and with a connection that idles.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Chatter } from "../clients/node/chatter.mjs";
import { arrive } from "./site.mjs";
import { connectionsTo } from "./tcp.mjs";

/** Longer than proxies wait of themselves (60 s), shorter than the README tells them to. */
export const SILENCE = ["--ping-interval", "70s"];

const HEARD_AFTER_MS = 72_000;
const IDLED_FOR_MS = 66_000;

/** Nothing travels until the first ping, and the client is still there. */
export async function bearsSilence(party, site, mode) {
  const ann = await arrive(party, site.url, mode);
  let lost;
  ann.socket.once("disconnect", (reason) => (lost = reason));
  await sleep(HEARD_AFTER_MS);
  assert.deepEqual(await ann.ask({ name: "ann", input: "still here" }), [{ ok: true }]);
  assert.equal(lost, undefined, "disconnected");
}

/** The connections of clients that have left are closed by the proxy, not by wire42. */
export async function closesIdleConnections(party, site) {
  const joined = Array.from({ length: 8 }, () => Chatter.join(party.socket(site.url)));
  for (const { socket } of await Promise.all(joined)) socket.disconnect();
  await sleep(1_000);
  const idle = connectionsTo(site.behind[0]).open;
  assert.ok(idle.size > 0, "no connection idles");
  await sleep(IDLED_FOR_MS);
  const { open, closedByProxy } = connectionsTo(site.behind[0]);
  const count = (set) => [...idle].filter((port) => set.has(port)).length;
  const counts = `of ${idle.size} idle ones ${count(closedByProxy)} were closed by the proxy, ${count(open)} are open`;
  assert.equal(count(closedByProxy), idle.size, counts);
}
