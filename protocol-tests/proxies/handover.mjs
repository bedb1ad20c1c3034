// One process gives way to the next while a proxy still has connections to the first.
import assert from "node:assert/strict";
import { arrive } from "./site.mjs";

const CROWD = 30;
const DRAIN_MS = 2_000;
const PATIENCE_MS = 15_000;
const FLAGS = ["--ping-interval", "25s", "--drain", `${DRAIN_MS}ms`];

/** Everyone comes back to the next process by himself, whichever of the two his first requests reach. */
export async function handsOver(party, site, mode) {
  const [first, next] = [site.server(FLAGS), site.server(FLAGS)];
  try {
    await first.start();
    const chatters = await Promise.all(Array.from({ length: CROWD }, () => arrive(party, site.url, mode)));
    const ids = new Set(chatters.map(({ socket }) => socket.id));

    const ended = first.giveWay(DRAIN_MS + 2_000);
    await next.startWhenFree();
    assert.equal(await ended, 0, "exit status of the first process");
    const isBack = ({ socket }) => socket.connected && !ids.has(socket.id);
    await Promise.all(chatters.map((each) => each.sees(() => isBack(each), "history after coming back", PATIENCE_MS)));
    chatters[0].say("someone", "all here?");
    const isIt = (history) => history.at(-1)?.message === "all here?";
    await Promise.all(chatters.map((chatter) => chatter.sees(isIt, "newest history")));
  } finally {
    await Promise.all([first.stop(), next.stop()]);
  }
}
