// Usage: node cuts.mjs PATH-TO-WIRE42 SECONDS SEED. A crowd behind a proxy that cuts: in the chat, and where each event counts.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { CLIENTS, Party } from "../clients/node/clients.mjs";
import { MODES } from "../clients/node/modes.mjs";
import { anyFailed, check, next } from "../clients/node/report.mjs";
import { Server } from "../clients/node/server.mjs";
import { Findings } from "./findings.mjs";
import { Judge } from "./judge.mjs";
import { Ledger } from "./ledger.mjs";
import { attachment, Listener } from "./listener.mjs";
import { Writer } from "./member.mjs";
import { CuttingProxy } from "./proxy.mjs";
import { Random } from "./random.mjs";

const RULES = {
  recovery: "every client comes back with its old id, and is told that it was recovered",
  order: "all hear one order, which only grows: nothing is gone, and nothing is there twice",
};
const CHAT_RULES = {
  ...RULES,
  kept: "what was acknowledged is there",
  refused: "what was refused is not there",
  turned: "what a client said is in its order",
};
const EVENT_RULES = {
  ...RULES,
  once: "nobody hears anything twice, or what he said himself",
  missing: "nobody misses anything",
  kept: "what was acknowledged was heard",
  whole: "attachments come as they went",
};

const CROWD = 200;
const NAMESPACES = { chat: ["/", "/team-a", "/team-b", "/team-c"], recovery: ["/", "/custom"] };
// In the chat each message is followed by the whole list to everybody.
const SAY_EVERY_MS = { chat: 80, recovery: 40 };
const [OLD, NEW] = CLIENTS.slice(-2);
const SOON = { reconnectionDelay: 50, reconnectionDelayMax: 500, timeout: 3000 };

// Whoever is cut off is noticed in two seconds, and has two minutes.
const FLAGS = ["--recovery", "2m", "--ping-interval", "1s", "--ping-timeout", "1s"];
const CUT_EVERY_MS = 15;
const PATIENCE_MS = 30_000;

const [binary, seconds, seed] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

await trial("chat", seconds, ["--history", "5000", "--history-bytes", "8000000"], chat);
await trial("recovery", Math.ceil(seconds / 3), [], events);
process.exit(anyFailed() ? 1 : 0);

/** Lets a crowd talk while it is cut, then leaves it in peace, and looks whether anything is missing. */
async function trial(app, seconds, flags, enter) {
  const random = new Random(seed);
  const server = new Server(binary, app, { flags: [...FLAGS, ...flags] });
  await server.start();
  const proxy = await new CuttingProxy(server.port, random.fork()).open();
  const parties = [];
  const socket = (i, namespace) => {
    const party = new Party(i % 4 === 0 ? OLD : NEW, MODES[i % MODES.length]);
    parties.push(party);
    return party.socket(proxy.url + namespace, SOON);
  };
  const say = (name, body) => check(`${CROWD} stock clients`, "mixed", `cuts, ${app}: ${name}`, body);
  const { members, findings, speak, settle, isWhole, conclude } = enter(random, server, socket);

  await say("all are there", () => until(members, () => members.every(({ isThere }) => isThere), "arrival of all"));
  proxy.rage(CUT_EVERY_MS);
  const by = performance.now() + 1000 * seconds;
  while (performance.now() < by) {
    speak(members[random.between(0, members.length - 1)]);
    await sleep(random.between(0, 2 * SAY_EVERY_MS[app]));
  }
  proxy.calm();
  await say(`all are back and have everything after ${seconds} s of cuts (seed ${seed})`, async () => {
    await until(members, () => members.every(({ isThere, isAnswered }) => isThere && isAnswered), "return of all");
    await settle();
    await until(members, () => members.every(isWhole), "delivery of everything");
  });
  const { acknowledged, tells } = await conclude();
  await findings.report(`${CROWD} stock clients`, "mixed");
  const recoveries = members.reduce((sum, member) => sum + member.recoveries, 0);
  await say("there was something to lose", () => {
    assert.ok(proxy.cuts >= 5 * seconds && recoveries >= proxy.cuts / 5 && acknowledged >= seconds, "nothing was tried");
  });
  const kinds = Object.entries(proxy.counts).map(([name, count]) => `${name} ${count}`).join(", ");
  console.log(`     ${proxy.cuts} cuts (${kinds})`);
  console.log(`     ${recoveries} recoveries; ${tells}`);
  parties.forEach((party) => party.leave());
  proxy.close();
  await server.stop();
}

function chat(random, server, socket) {
  const { findings, faults } = rules("chat", CHAT_RULES);
  const rooms = NAMESPACES.chat.map((name) => ({ name, ledger: new Ledger() }));
  const style = { text: (words) => words, window: 0, buffers: 0 };
  const members = Array.from({ length: CROWD }, (_, i) => {
    const room = rooms[i % rooms.length];
    return new Writer(`member ${i}`, socket(i, room.name), room.ledger, { ...faults, gaps: () => {} }, style);
  });
  const judge = new Judge({ ...faults, gaps: () => {} });
  return {
    members,
    findings,
    speak: (member) => (member.isThere || random.chance(0.3)) && member.say(),
    // What is on its way to everybody, somebody new has seen already.
    settle: async () => {
      for (const { name, ledger } of rooms) ledger.take(await newest(server, name));
    },
    isWhole: ({ seen, ledger }) => seen === ledger.order.length,
    conclude: async () => {
      for (const { name, ledger } of rooms) await compare(server, name, ledger, faults);
      members.forEach((member) => judge.judge(member));
      const { acknowledged, unknown, there, refused } = judge.counts;
      const open = `${unknown} without an answer, of which ${there} are there`;
      return { acknowledged, tells: `${acknowledged} messages acknowledged, ${refused} refused, ${open}` };
    },
  };
}

/** Gives what somebody new is shown. */
async function newest(server, name) {
  const party = new Party(NEW, MODES[1]);
  const [list] = await next(party.socket(server.url + name), "message", "list");
  party.leave();
  return list;
}

/** Somebody new sees exactly what all the others have seen. */
async function compare(server, name, ledger, faults) {
  const list = await newest(server, name);
  const texts = (entries) => JSON.stringify(entries.map(({ message }) => message));
  if (texts(list) !== texts(ledger.order)) faults.order(`who is new in ${name} sees another list than the others`);
}

function events(random, _, socket) {
  const { findings, faults } = rules("recovery", EVENT_RULES);
  const rooms = NAMESPACES.recovery.map((name) => ({ name, places: new Map() }));
  const said = [];
  const members = Array.from({ length: CROWD }, (_, i) => {
    const room = rooms[i % rooms.length];
    return new Listener(`member ${i}`, socket(i, room.name), room.places, faults);
  });
  return {
    members,
    findings,
    speak: (member) => member.isThere && said.push(member.say(random.chance(0.2) ? attachment(random) : undefined)),
    // Whoever hears the last event has heard all before it; each was for all but one.
    settle: async () => {
      for (const { places } of rooms) {
        const last = await lastOf(members.filter(({ room }) => room === places));
        await until(members, () => [...places.values()].includes(last), "last event");
      }
    },
    isWhole: (member) => member.missing.length === 0,
    conclude: async () => {
      for (const member of members) member.missing.forEach(([place, text]) => faults.missing(`${member.name}: "${text}" at ${place}`));
      const all = await Promise.all(said);
      const heard = new Set(rooms.flatMap(({ places }) => [...places.values()]));
      const acknowledged = all.filter(({ became }) => became === "acknowledged");
      acknowledged.filter(({ text }) => !heard.has(text)).forEach(({ text }) => faults.kept(text));
      const [acks, open] = [acknowledged.length, all.length - acknowledged.length];
      return { acknowledged: acks, tells: `${acks} events acknowledged, ${open} without an answer` };
    },
  };
}

/** Lets one after the other say something, until it is acknowledged: some do not know yet that they are cut off. */
async function lastOf(members) {
  for (const member of members) {
    const { text, became } = await member.say();
    if (became === "acknowledged") return text;
  }
  throw new Error("nobody is heard any more");
}

function rules(app, sentences) {
  const named = Object.entries(sentences).map(([name, sentence]) => [name, `cuts, ${app}: ${sentence}`]);
  const findings = new Findings(Object.fromEntries(named));
  return { findings, faults: Object.fromEntries(named.map(([name, rule]) => [name, (what) => findings.add(rule, what)])) };
}

async function until(members, test, what) {
  const by = performance.now() + PATIENCE_MS;
  while (!test()) {
    if (performance.now() > by) {
      const away = members.filter((member) => !member.isThere).map(({ state }) => state);
      throw new Error(`no ${what} within ${PATIENCE_MS} ms; away: ${away.join(", ") || "nobody"}`);
    }
    await sleep(20);
  }
}
