// The connections between a proxy and wire42, as Linux lists them.
import { readFileSync } from "node:fs";

const ESTABLISHED = "01";
const TIME_WAIT = "06";

/** The proxy's ports of its connections to this port of wire42, of open ones and of those that it closed itself. */
export function connectionsTo(port) {
  const rows = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  const found = { open: new Set(), closedByProxy: new Set(), closedByServer: new Set() };
  for (const row of rows) {
    const [, local, remote, state] = row.trim().split(/\s+/);
    const [here, there] = [local, remote].map((address) => parseInt(address.split(":")[1], 16));
    // Who closes first waits for stragglers; the other side's row is gone.
    if (state === ESTABLISHED && there === port) found.open.add(here);
    if (state === TIME_WAIT && there === port) found.closedByProxy.add(here);
    if (state === TIME_WAIT && here === port) found.closedByServer.add(there);
  }
  return found;
}

/** Every one of them, open or closed less than a minute ago. */
export function allConnectionsTo(port) {
  const { open, closedByProxy, closedByServer } = connectionsTo(port);
  return new Set([...open, ...closedByProxy, ...closedByServer]);
}
