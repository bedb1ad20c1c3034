// Usage: node kill.mjs PATH-TO-WIRE42 TIMES SEED. A durable chat whose process is killed again and again while everyone speaks.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CLIENTS, Party } from "../clients/node/clients.mjs";
import { MODES } from "../clients/node/modes.mjs";
import { anyFailed, check, next } from "../clients/node/report.mjs";
import { Server } from "../clients/node/server.mjs";
import { Findings } from "./findings.mjs";
import { Insistent } from "./insistent.mjs";
import { Judge } from "./judge.mjs";
import { brief, Ledger } from "./ledger.mjs";
import { Reader, Writer } from "./member.mjs";
import { Random } from "./random.mjs";

const RULES = {
  recovery: "kill: every client comes back with its old id, and is told that it was recovered",
  order: "kill: all are shown one order, which only grows: nothing is gone, nothing is there twice, no field has changed",
  kept: "kill: what was acknowledged is there",
  refused: "kill: what was refused is not there",
  gaps: "kill: of what a client said on a connection the beginning is there, and no more",
  turned: "kill: what a client said is in its order",
  retries: "kill: a client with `retries` loses nothing; what it said twice stands side by side",
  file: "kill: the file holds what was shown, message by message, and nothing else",
  signed: "kill: each message has the id and the name of who said it",
};

const [POLLING, WEBSOCKET, UPGRADE] = MODES;
const [OLD, NEW] = CLIENTS.slice(-2);
const BUSY = ["/", "/team-a", "/team-b"];
const QUIET = "/team-quiet";

// Several commits may go by between two lists that somebody is shown, but never so many messages.
const HISTORY = 200;
const LONGEST_LIFE_MS = 250;
const LONGEST_STORM_MS = 60;
const PATIENCE_MS = 30_000;
// A stock client that loses its WebSocket after `3probe` and before the end of its poll has stopped polling for good: that
// it has lost its server it sees by the ping that does not come.
const PINGS = ["--ping-interval", "3s", "--ping-timeout", "5s"];
const SOON = { reconnectionDelay: 10, reconnectionDelayMax: 30 };

const [binary, times, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const random = new Random(seed);
const scratch = mkdtempSync(join(tmpdir(), "wire42-"));
const file = join(scratch, "chat.db");
const store = ["--store", `sqlite:${file}`, "--recovery", "2m"];
const bounds = ["--history", String(HISTORY), "--history-bytes", "8000000", "--rate", "1000000", "--rate-burst", "1000000"];
const server = new Server(binary, "chat", { flags: [...store, ...bounds, ...PINGS] });

const findings = new Findings(RULES);
const faults = Object.fromEntries(Object.keys(RULES).map((name) => [name, (what) => findings.add(RULES[name], what)]));
const rooms = [...BUSY, QUIET].map((name) => ({ name, ledger: new Ledger(), members: [], seen: 0 }));
const parties = [];
let killedAt;
const judge = new Judge(faults);
let kills = 0;

await server.start();
rooms.filter(({ name }) => name !== QUIET).forEach(populate);
quietly(rooms.at(-1));
manifold();
const insistent = new Insistent("insistent", insist(), faults);
const everyone = [...rooms.flatMap(({ members }) => members), insistent];
const writers = everyone.filter((member) => member instanceof Writer);

const began = performance.now();
await check(label(), "mixed", `kill: ${times} times (seed ${seed})`, async () => {
  await until(() => everyone.every((member) => member.isThere), "arrival of all");
  [...writers, insistent].forEach((writer) => writer.begin());
  while (kills < times && !findings.any) {
    await sleep(random.between(0, LONGEST_LIFE_MS));
    await killAndStart();
    if (random.chance(0.25)) {
      await sleep(random.between(0, LONGEST_STORM_MS));
      await killAndStart();
    }
    await until(() => everyone.every((member) => member.isBackSince(killedAt)), "return of all");
    await look();
  }
  if (findings.any) throw new Error(`stopped behind kill ${kills} for what is told below`);
});
const took = performance.now() - began;
await check(label(), "mixed", "kill: everyone ends with the same list", async () => {
  [...writers, insistent].forEach((writer) => writer.end());
  await until(() => writers.every((writer) => writer.isAnswered), "answer to what was said last");
  const isWhole = ({ members, ledger }) => members.every(({ seen }) => seen === ledger.order.length);
  await until(() => rooms.every(isWhole) && insistent.isDone, "newest list");
  await look();
  compareFile();
});
await findings.report(label(), "mixed");
console.log(summary());
parties.forEach((party) => party.leave());
await server.stop();
rmSync(scratch, { recursive: true });
process.exit(anyFailed() ? 1 : 0);

/** A room where clients of each kind speak, and others look on. */
function populate(room) {
  const write = (client, mode, buffers) => {
    const pads = random.fork();
    const style = { window: 8, buffers, text: (words) => `${words} ${"\u{1F600}".repeat(pads.between(0, 20))}` };
    room.members.push(new Writer(`${mode.name} in ${room.name}`, enter(client, mode, room), room.ledger, faults, style));
  };
  write(NEW, WEBSOCKET, 3);
  write(NEW, POLLING, 0);
  write(OLD, UPGRADE, 0);
  for (const [client, mode] of [[NEW, UPGRADE], [OLD, POLLING]]) read(room, enter(client, mode, room), mode.name);
}

/** A room where nobody ever says anything. */
function quietly(room) {
  for (const mode of MODES) read(room, enter(NEW, mode, room), mode.name);
}

/** One connection that is in all rooms. */
function manifold() {
  const first = enter(NEW, WEBSOCKET, rooms[0]);
  const beside = rooms.slice(1).map((room) => parties.at(-1).beside(first, room.name));
  rooms.forEach((room, i) => read(room, i === 0 ? first : beside[i - 1], "one of several"));
}

/** A room of somebody who leaves it to the client to say again what was not answered. */
function insist() {
  return enter(NEW, WEBSOCKET, { name: "/team-insistent" }, { retries: 1000, ackTimeout: 10_000 });
}

function read(room, socket, name) {
  room.members.push(new Reader(`${name} reader in ${room.name}`, socket, room.ledger, faults));
}

function enter(client, mode, room, options = {}) {
  const party = new Party(client, mode);
  parties.push(party);
  return party.socket(server.url + room.name, { ...SOON, ...options });
}

async function killAndStart() {
  await server.kill();
  killedAt = performance.now();
  kills += 1;
  await server.start();
}

/** Looks at each room with the eyes of somebody new, and at what became of all that was said on connections that are over. */
async function look() {
  for (const room of rooms) {
    const shown = room.ledger.order.length;
    const party = new Party(NEW, WEBSOCKET);
    const [list] = await next(party.socket(server.url + room.name), "message", `list in ${room.name}`);
    party.leave();
    const end = findings.try(RULES.order, () => room.ledger.take(list));
    if (end < shown) faults.order(`${shown - end} messages are gone that somebody was shown in ${room.name}`);
    room.ledger.order.slice(room.seen).forEach((entry) => compare(room, entry));
    room.seen = room.ledger.order.length;
    room.members.filter((member) => member instanceof Writer).forEach((writer) => judge.judge(writer));
  }
}

/** What `wire42 history` gives of it while the server still has it. */
function compareFile() {
  const exported = execFileSync(binary, ["history", file, "--export"], { encoding: "utf8", maxBuffer: 2 ** 30 });
  const stored = exported.trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const { name, ledger } of rooms) {
    const records = stored.filter(({ room }) => room === name);
    const [there, shown] = [records.length, ledger.order.length];
    if (there !== shown) faults.file(`${there} messages in ${name}, ${shown} were shown`);
    const isSame = ({ position, message }, i) => position === i + 1 && JSON.stringify(message) === JSON.stringify(ledger.order[i]);
    const other = records.find((record, i) => !isSame(record, i));
    if (other) faults.file(`in ${name} at ${other.position} is ${brief(other.message)}, shown was ${brief(ledger.order[other.position - 1])}`);
  }
}

function compare(room, { clientId, name, message, timeStamp }) {
  const author = room.members.find((member) => member.name === name);
  const isRight = author?.id === clientId && message.startsWith(`${name} `) && /^\d\d:\d\d$/.test(timeStamp);
  if (!isRight) faults.signed(`"${message.slice(0, 40)}" of ${name}, ${clientId}, at ${timeStamp}`);
}

async function until(test, what) {
  const by = performance.now() + PATIENCE_MS;
  while (!test()) {
    if (findings.any) throw new Error(`no ${what}, for what is told below`);
    if (performance.now() > by) {
      const away = everyone.filter((member) => !member.isThere).map(({ state }) => state);
      throw new Error(`no ${what} within ${PATIENCE_MS} ms; away: ${away.join(", ") || "nobody"}`);
    }
    await sleep(2);
  }
}

function label() {
  return `${everyone.length} stock clients`;
}

function summary() {
  const { acknowledged, unknown, there, refused } = judge.counts;
  const recoveries = everyone.reduce((sum, member) => sum + member.recoveries, 0);
  return [
    `     ${kills} kills in ${(took / 1000).toFixed(1)} s, ${recoveries} recoveries;`,
    `${acknowledged} messages acknowledged, ${refused} refused,`,
    `${unknown} without an answer, of which ${there} are there; ${insistent.said} with retries, of which ${insistent.copies} are there once more`,
  ].join(" ");
}
