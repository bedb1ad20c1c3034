// Arguments, acknowledgements and attachments survive the way there and back.
import assert from "node:assert/strict";
import { connected } from "./clients.mjs";
import { next, within } from "./report.mjs";

const PLAIN = [1, "2", { 3: [true, null, -0.5, 1e21] }, [], {}, "", null, "\u{1F600}"];

const BINARY = [
  Buffer.from([1, 2, 3]),
  { deep: [{ er: Buffer.from(Array.from({ length: 256 }, (_, i) => i)) }], text: "beside it" },
  Buffer.alloc(0),
  Buffer.alloc(70_000, 0xa5),
];

export const ECHO_CHECKS = {
  async "auth: the server sees what the client connected with"(party, server) {
    for (const namespace of ["/", "/custom"]) {
      const auth = { token: "123", nested: { list: [1, "\u00e9"] } };
      const withAuth = party.socket(server.url + namespace, { auth });
      assert.deepEqual(await next(withAuth, "auth"), [auth]);
      const without = party.socket(server.url + namespace);
      assert.deepEqual(await next(without, "auth"), [{}]);
    }
  },

  "echo: plain arguments": (party, server) => echoes(party, server, PLAIN),
  "echo: attachments": (party, server) => echoes(party, server, BINARY),
  "echo: no arguments": (party, server) => echoes(party, server, []),

  "ack: plain arguments": (party, server) => acknowledges(party, server, PLAIN),
  "ack: attachments": (party, server) => acknowledges(party, server, BINARY),
  "ack: no arguments": (party, server) => acknowledges(party, server, []),

  async "ack: fifty at once are answered in order, each with its own"(party, server) {
    const socket = party.socket(server.url);
    await connected(socket);
    const asked = Array.from({ length: 50 }, (_, i) => (i % 2 ? [i] : [i, Buffer.from([i])]));
    const answers = [];
    const all = asked.map(
      (args) =>
        new Promise((resolve) => {
          socket.emit("message-with-ack", ...args, (...got) => resolve(answers.push(got)));
        }),
    );
    await within(Promise.all(all), "fifty acks");
    assert.deepEqual(answers, asked);
  },
};

async function echoes(party, server, args) {
  const socket = party.socket(server.url);
  await connected(socket);
  const back = next(socket, "message-back");
  socket.emit("message", ...args);
  assert.deepEqual(await back, args);
}

async function acknowledges(party, server, args) {
  const socket = party.socket(server.url);
  await connected(socket);
  const ack = new Promise((resolve) => socket.emit("message-with-ack", ...args, (...got) => resolve(got)));
  assert.deepEqual(await within(ack, "ack"), args);
}
