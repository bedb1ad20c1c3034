// Usage: node full.mjs PATH-TO-WIRE42 DIRECTORY mounted|limited. A disk that gets full while people chat, and has space again.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Chatter } from "../clients/node/chatter.mjs";
import { CLIENTS, settled, withParty } from "../clients/node/clients.mjs";
import { MODES } from "../clients/node/modes.mjs";
import { anyFailed, check, next, PATIENCE_MS } from "../clients/node/report.mjs";
import { freePort, PINGS, Server } from "../clients/node/server.mjs";
import { LimitedFile, SmallDisk } from "./disk.mjs";

const HISTORY = 20;
// So many of these are more than any disk here holds.
const BIG = "x".repeat(10_000);
const MOST = 2_000;
const FILLING_MS = 40_000;

const [binary, directory, kind] = process.argv.slice(2);
const client = CLIENTS.at(-1);

for (const mode of MODES.slice(0, 2)) {
  const own = mkdtempSync(join(directory, "disk-"));
  const disk = new { mounted: SmallDisk, limited: LimitedFile }[kind](own);
  await check(client.name, mode.name, `full: ${disk.name}: refused, told, and harmless; then all goes on`, () => {
    return withParty(client, mode, (party) => gettingFull(party, mode, disk));
  });
  rmSync(own, { recursive: true });
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
    const open = await fill(ann, said, admin);
    assert.equal((await ready(admin))[1], "messages cannot be stored");
    const [{ error }] = await ann.ask({ name: "ann", input: `refused ${BIG}` });
    assert.match(error, disk.refusal);
    assert.ok((await metric(admin, "wire42_store_failures_total")) > 0, "failures in the metrics");
    assert.equal(await metric(admin, "wire42_store_failing"), 1);

    // Who is there reads on, and who is new comes in and reads; but nothing can be promised to him.
    await bob.hears(said.at(-1));
    const late = await Chatter.join(party.socket(server.url));
    assert.deepEqual(late.histories[0], bob.latest);
    assert.equal(late.socket._pid, undefined, "a pid that nobody has written down");
    assert.deepEqual([ann, bob].map(({ socket }) => socket.id), ids, "somebody was thrown out");

    disk.free(server);
    await until(async () => (await ready(admin))[0] === 200, "readiness of 200");
    if ((await open.answer)[0].ok) said.push(open.input);
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

/** Says something large until the disk fails, and gives what was said last: it is refused, or nobody knows what became of it yet. */
async function fill(chatter, said, admin) {
  const isFailing = until(async () => (await ready(admin))[0] === 503, "readiness of 503", FILLING_MS);
  for (let i = 0; i < MOST; i++) {
    const input = `${i} ${BIG}`;
    const answer = chatter.ask({ name: "ann", input });
    const isStored = await Promise.race([answer.then(([{ ok }]) => ok ?? false), isFailing.then(() => false)]);
    if (!isStored) {
      await isFailing;
      return { input, answer };
    }
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

/** The sum over its labels. */
async function metric(admin, name) {
  const lines = (await (await fetch(`http://${admin}/metrics`)).text()).split("\n");
  const values = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function until(test, what, patience_ms = PATIENCE_MS) {
  const by = performance.now() + patience_ms;
  while (!(await test())) {
    if (performance.now() > by) throw new Error(`no ${what} within ${patience_ms} ms`);
    await sleep(20);
  }
}
