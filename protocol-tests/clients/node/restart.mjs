// Usage: node restart.mjs PATH-TO-WIRE42. A crowd of every client in every mode, whose server is replaced by the next.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Chatter } from "./chatter.mjs";
import { CLIENTS } from "./clients.mjs";
import { MODES } from "./modes.mjs";
import { anyFailed, check, within } from "./report.mjs";
import { Server } from "./server.mjs";

const CROWD = 500;
const DRAIN_MS = 5_000;
const WINDOW_MS = 500;
const MOST = 0.25;

// To come back takes a stock client up to 1.5 s at the first attempt, and up to 5 s more at each further one.
const PATIENCE_MS = DRAIN_MS + 15_000;

/** One of the crowd: left to itself, with the delays that the client has from its makers. */
class Member extends Chatter {
  reasons = [];
  backAt = undefined;

  constructor(url, { io }, { transports }) {
    super(io(url, { forceNew: true, ...(transports && { transports }) }));
    this.socket.on("disconnect", (reason) => this.reasons.push(reason));
    this.isBack = new Promise((resolve) => {
      this.socket.on("connect", () => {
        if (this.reasons.length === 0 || this.backAt !== undefined) return;
        this.backAt = performance.now();
        resolve();
      });
    });
  }
}

const binary = process.argv[2];
const drains = execFileSync(binary, ["--help"], { encoding: "utf8" }).includes("--drain");
const pings = ["--ping-interval", "25s"];
const first = new Server(binary, "chat", { flags: [...pings, ...(drains ? ["--drain", `${DRAIN_MS}ms`] : [])] });
await first.start();
const members = Array.from({ length: CROWD }, (_, i) => {
  return new Member(first.url, CLIENTS[i % CLIENTS.length], MODES[Math.floor(i / CLIENTS.length) % MODES.length]);
});

await say("all join and hear one another", () => everyoneHears("before the restart"));

const ended = first.giveWay(DRAIN_MS + 2_000);
ended.catch(() => {});
const next = new Server(binary, "chat", { port: first.port, flags: pings });
await say("the next process has the port while the first drains", () => next.startWhenFree());
await say("the first process ends in time, with status 0", async () => assert.equal(await ended, 0));
await say("every client comes back by itself", () => {
  const back = Promise.all(members.map(({ isBack }) => isBack));
  return within(back, "return of all", PATIENCE_MS);
});
await say("every client hears what is new", () => everyoneHears("after the restart"));
await say("every client lost the server once, and none was told to stay away", () => {
  const reasons = new Set(members.flatMap((member) => member.reasons));
  assert.ok(!reasons.has("io server disconnect"), [...reasons].join(", "));
  assert.ok(members.every((member) => member.reasons.length === 1), "some lost it more than once");
});
const densest = most(members.map(({ backAt }) => backAt));
await say(`at most ${100 * MOST} % come back within ${WINDOW_MS} ms: ${densest} of ${CROWD}`, () => {
  assert.ok(densest <= MOST * CROWD, "they come all at once");
});

members.forEach(({ socket }) => socket.disconnect());
await next.stop();
process.exit(anyFailed() ? 1 : 0);

function say(name, body) {
  return check(`${CROWD} clients`, "mixed", `restart: ${name}`, body);
}

/** One speaks as soon as all are there, and the newest history of each ends with it. */
async function everyoneHears(text) {
  const joined = members.map((member) => member.sees(() => member.socket.connected, "history on joining", PATIENCE_MS));
  await Promise.all(joined);
  members[0].say("someone", text);
  const last = (history) => history.at(-1)?.message === text;
  await Promise.all(members.map((member) => member.sees(last, `message "${text}"`, PATIENCE_MS)));
}

/** How many of these times the fullest window has. */
function most(times) {
  const sorted = times.filter((time) => time !== undefined).sort((a, b) => a - b);
  return Math.max(...sorted.map((from, i) => sorted.slice(i).filter((time) => time < from + WINDOW_MS).length));
}
