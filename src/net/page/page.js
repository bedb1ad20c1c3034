// Puts the parts together: the application on one side, the wire on the other, the client below both.

import { Chat } from "./chat.js";
import { Client } from "./client.js";
import { Connection } from "./connection.js";
import { Events } from "./events.js";
import { Explanation } from "./explanation.js";
import { Room } from "./room.js";
import { tapped } from "./tap.js";
import { Tools } from "./tools.js";
import { Wire } from "./wire.js";

const find = (id) => document.getElementById(id);

const server = await (await fetch("/page/server.json")).json();
find("server").textContent = `${server.version} · ${server.app}`;
find("application-title").textContent = server.app;
find("alone").hidden = server.app !== "engine-echo";

const explanation = new Explanation(find("explanation"));
const wire = new Wire(find("rows"), (row) => explanation.open(row));
const client = new Client(new URL(server.path, location.href), tapped(tell), { state });
const tools = new Tools(find("tools"), find("by-hand"), wire, client);

// With engine-echo there is no Socket.IO: nothing but packets by hand.
const room = server.app === "engine-echo" ? undefined : new Room(client, { joined, refused, left, event });
const application = room && (server.app === "chat" ? new Chat(find("chat"), room) : new Events(find("events"), room));
const connection = new Connection(find("connection"), find("entry"), client, room, server);

client.open(connection.mode);
addEventListener("pagehide", () => client.close());
addEventListener("pageshow", ({ persisted }) => persisted && client.open());

function tell(event) {
  wire.add(connection.masked(event));
  tools.told();
}

function state(now) {
  room?.connected(now.is === "connected");
  connection.state(now, tell);
}

function joined(name, id, isRecovered) {
  application.joined(id, isRecovered);
  connection.joined(name);
}

function refused(name, reason) {
  connection.refused(name, reason);
}

function left(reason) {
  connection.left(reason);
}

function event(...event) {
  return application.event(...event);
}
