// Usage: node main.mjs PATH-TO-WIRE42. Every client, in every mode, through every check.
import { CHAT_CHECKS, reconnects } from "./chat.mjs";
import { CLIENTS, withParty } from "./clients.mjs";
import { MODES } from "./modes.mjs";
import { ECHO_CHECKS } from "./echo.mjs";
import { anyFailed, check } from "./report.mjs";
import { Server } from "./server.mjs";

const binary = process.argv[2];

for (const client of CLIENTS) {
  for (const mode of MODES) {
    await onServer("chat", client, mode, CHAT_CHECKS);
    await onServer("echo", client, mode, ECHO_CHECKS);
    const server = new Server(binary, "chat");
    await checkWith(client, mode, "reconnect: the client finds a restarted server by itself", reconnects, server);
  }
}
// A client that was lost half-way may still hold a timer.
process.exit(anyFailed() ? 1 : 0);

async function onServer(app, client, mode, checks) {
  const server = new Server(binary, app);
  const label = `the ${app} server`;
  if (!(await check(client.name, mode.name, `${label} starts`, () => server.start()))) return;
  for (const [name, body] of Object.entries(checks)) await checkWith(client, mode, name, body, server);
  await check(client.name, mode.name, `${label} ends when asked to`, () => server.stop());
}

function checkWith(client, mode, name, body, server) {
  return check(client.name, mode.name, name, () => withParty(client, mode, (party) => body(party, server, mode)));
}
