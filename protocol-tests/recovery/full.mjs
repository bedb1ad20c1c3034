// Usage: node full.mjs PATH-TO-WIRE42 DIRECTORY mounted|limited. A disk that gets full while people chat, and has space again.
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Chatter } from "../clients/node/chatter.mjs";
import { CLIENTS, MODES, settled, withParty } from "../clients/node/clients.mjs";
import { anyFailed, check, next, PATIENCE_MS } from "../clients/node/report.mjs";
import { PINGS, Server } from "../clients/node/server.mjs";
import { LimitedFile, SmallDisk } from "./disk.mjs";

const HISTORY = 20;
// So many of these are more than any disk here holds.
const BIG = "x".repeat(10_000);
const MOST = 2_000;

const [binary, directory, kind] = process.argv.slice(2);
const client = CLIENTS.at(-1);

for (const mode of MODES.slice(0, 2)) {
  const disk = new { mounted: SmallDisk, limited: LimitedFile }[kind](mkdtempSync(join(directory, "disk-")));
  await check(client.name, mode.name, `full: ${disk.name}: refused, told, and harmless; then all goes on`, () => {
    return withParty(client, mode, (party) => gettingFull(party, mode, disk));
  });
}
process.exit(anyFailed() ? 1 : 0);

async function gettingFull(party, mode, disk) {
  const admin = `127.0.0.1:${await freePort()}`;
  const store = ["--store", `sqlite:${disk.file}`, "--recovery", "2m", "--history", String(HISTORY), "--admin", admin];
  const server = new Server(disk.program(binary), "chat", { flags: [...PINGS, ...store, "--rate", "100000", "--rate-burst", "100000"] });
  await server.start();
  try {
    const [ann, bob] = [await Chatter.join(party.socket(server.url)), await Chatter.join(party.socket(server.url))];
    await settled(ann.socket, mode);
    const ids = [ann, bob].map(({ socket }) => socket.id);
    const said = ["while there was space"];
    assert.deepEqual(await ann.ask({ name: "ann", input: said[0] }), [{ ok: true }]);
    assert.deepEqual(await ready(admin), [200, "ready"]);

    disk.fill();
    const { error } = await fill(ann, said);
    assert.match(error, disk.refusal);
    await until(async () => (await ready(admin))[0] === 503, "readiness of 503");
    assert.match((await ready(admin))[1], /\bstor|\bspace|\bdisk|\bfull/, "the reason");
    assert.ok((await refusals(admin)) > 0, "refusals in the metrics");

    // Who is there reads on, and who is new comes in and reads; but nothing can be promised to him.
    await bob.hears(said.at(-1));
    const late = await Chatter.join(party.socket(server.url));
    assert.deepEqual(late.histories[0], bob.latest);
    assert.equal(late.socket._pid, undefined, "a pid that nobody has written down");
    assert.deepEqual([ann, bob].map(({ socket }) => socket.id), ids, "somebody was thrown out");

    disk.free(server);
    await until(async () => (await ready(admin))[0] === 200, "readiness of 200");
    assert.deepEqual(await ann.ask({ name: "ann", input: "there is space again" }), [{ ok: true }]);
    said.push("there is space again");
    for (const someone of [ann, bob, late]) await someone.hears(said.at(-1));
    for (const someone of [ann, bob, late]) assertShown(someone.latest, said);

    const [back, lost] = [next(ann.socket, "connect"), next(ann.socket, "disconnect")];
    await server.kill();
    await lost;
    await server.start();
    await back;
    assert.deepEqual([ann.socket.recovered, ann.socket.id], [true, ids[0]]);
    const [list] = await next(party.socket(server.url), "message", "history after a restart");
    assertShown(list, said);
  } finally {
    await server.kill();
  }
}

/** Says something large until it is refused, and gives the answer. What was stored is noted. */
async function fill(chatter, said) {
  for (let i = 0; i < MOST; i++) {
    const input = `${i} ${BIG}`;
    const [answer] = await chatter.ask({ name: "ann", input });
    if (!answer.ok) return answer;
    said.push(input);
  }
  throw new Error(`${MOST} messages, and space for more`);
}

/** The last that were acknowledged, and none that was refused. */
function assertShown(list, said) {
  const brief = (texts) => texts.map((text) => text.slice(0, 30));
  assert.deepEqual(brief(list.map(({ message }) => message)), brief(said.slice(-HISTORY)));
}

async function ready(admin) {
  const answer = await fetch(`http://${admin}/readyz`);
  return [answer.status, (await answer.text()).trim()];
}

async function refusals(admin) {
  const metrics = await (await fetch(`http://${admin}/metrics`)).text();
  return Number(/^wire42_store_refused_total (\d+)$/m.exec(metrics)?.[1]);
}

async function until(test, what) {
  const by = performance.now() + PATIENCE_MS;
  while (!(await test())) {
    if (performance.now() > by) throw new Error(`no ${what} within ${PATIENCE_MS} ms`);
    await sleep(20);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
