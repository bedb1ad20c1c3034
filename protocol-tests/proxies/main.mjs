// Usage: node main.mjs SITES.JSON. The newest client, in every mode, through each proxy.
import { readFileSync } from "node:fs";
import { CHAT_CHECKS, reconnects } from "../clients/node/chat.mjs";
import { withParty } from "../clients/node/clients.mjs";
import { MODES } from "../clients/node/modes.mjs";
import { anyFailed, check } from "../clients/node/report.mjs";
import { namesNoSession, pollsByHttp2, PROXY_CHECKS } from "./checks.mjs";
import { handsOver } from "./handover.mjs";
import { admitsAnOffice, refusesAFlood } from "./limits.mjs";
import { partsRooms } from "./rooms.mjs";
import { bearsSilence, closesIdleConnections, SILENCE } from "./silence.mjs";
import { Site } from "./site.mjs";

const sites = JSON.parse(readFileSync(process.argv[2], "utf8"));
const [POLLING, WEBSOCKET] = MODES;

for (const proxy of [sites.nginx, sites.caddy]) {
  const site = new Site(sites, proxy);
  for (const mode of MODES) await throughProxy(site, mode);
  await withServers([site.server()], () => checkWith(site, POLLING, "HTTP/2: a session's first requests", pollsByHttp2));
}
await check(sites.nginx.name, "all", "log: no session is named", () => namesNoSession(sites.accessLog));
await twoProcesses();
await limits();
if (Number(process.env.SLOW)) await silence();
// A client that was lost half-way may still hold a timer.
process.exit(anyFailed() ? 1 : 0);

async function throughProxy(site, mode) {
  await withServers([site.server()], async () => {
    for (const [name, body] of Object.entries({ ...CHAT_CHECKS, ...PROXY_CHECKS })) {
      await checkWith(site, mode, name, body);
    }
  });
  const server = site.server();
  const restarted = { url: site.url, start: () => server.start(), stop: () => server.stop() };
  const name = "reconnect: the client finds a restarted server by itself";
  await checkWith(site, mode, name, (party) => reconnects(party, restarted, mode));
  await server.stop();
  await checkWith(site, mode, "handover: 30 clients move to the next process while the first drains", handsOver);
}

async function twoProcesses() {
  const [siteA, siteB] = ["a", "b"].map((host) => new Site(sites, sites.rooms, `${host}.example.org`));
  for (const mode of MODES) {
    const servers = sites.rooms.behind.map((port) => siteA.server(undefined, port));
    const body = (party) => partsRooms(party, [siteA, siteB], servers);
    await withServers(servers, () => checkWith(siteA, mode, "rooms: a process for each host name", body));
  }
}

async function limits() {
  const site = new Site(sites, sites.limits);
  await withServers([site.server()], async () => {
    for (const mode of MODES) await checkWith(site, mode, "limits: an office behind one address chats", admitsAnOffice);
    await checkWith(site, POLLING, "limits: a flood is refused, and who was refused with it comes in", refusesAFlood);
  });
}

async function silence() {
  const both = [sites.nginx, sites.caddy].map((proxy) => new Site(sites, proxy));
  await withServers([both[0].server(SILENCE)], async () => {
    const silent = (site, mode) => checkWith(site, mode, "silence: a client lives through 70 s of it", bearsSilence);
    await Promise.all(both.flatMap((site) => [POLLING, WEBSOCKET].map((mode) => silent(site, mode))));
  });
  for (const site of both) {
    const name = "connections: the proxy, not wire42, closes idle ones";
    await withServers([site.server()], () => checkWith(site, POLLING, name, closesIdleConnections));
  }
}

async function withServers(servers, body) {
  for (const server of servers) await server.start();
  await body();
  for (const server of servers) await server.stop();
}

function checkWith(site, mode, name, body) {
  return check(site.name, mode.name, name, () => withParty(site.client, mode, (party) => body(party, site, mode)));
}
