// What the page offers where the application is no chat.
import assert from "node:assert/strict";

export const APPLICATIONS = [
  { name: "echo: an event goes out and comes back, with a file of bytes, and is answered", app: "echo", body: echo },
  { name: "plus: a question of the server is answered", app: "plus", body: question },
  { name: "engine-echo: a message by hand comes back", app: "engine-echo", body: alone },
  { name: "--no-page takes it away", flags: ["--no-page"], body: nothing },
];

const FILE = { name: "x.bin", mimeType: "application/octet-stream", buffer: Buffer.from([0, 1, 255]) };

async function echo(visit) {
  const ann = await visit();
  for (const [mode, ends] of [["polling", "polling"], ["websocket", "WebSocket"]]) {
    await ann.chooses(mode);
    await ann.travelsBy(ends);
    await ann.page.setInputFiles("#file", FILE);
    await emit(ann, "message", `"${mode}", {"n": [1]}`);
    await ann.reads("#events ol", `message-back ["${mode}",{"n":[1]},"3 bytes: AAH/"]`);
    await ann.page.check("[name=asks]");
    await emit(ann, "message-with-ack", `"${mode}"`);
    await ann.reads("#events ol", `answer ["${mode}","3 bytes: AAH/"]`);
    await ann.page.uncheck("[name=asks]");
  }
  await emit(ann, "message", "no json");
  await ann.reads("#events [role=alert]", "not JSON");
}

async function question(visit) {
  const ann = await visit();
  await ann.travelsBy("WebSocket");
  await emit(ann, "emit-with-ack", '"really?"');
  await ann.reads("#events ol", 'question ["really?"]');
  await ann.reads("#events ol", 'emit-with-ack-back ["really?"]');
}

async function alone(visit) {
  const ann = await visit();
  await ann.reads("#connection [role=status]", "Connected by WebSocket");
  assert.deepEqual([await ann.page.isVisible("#entry"), await ann.page.isVisible("#alone")], [false, true]);
  await ann.sends("4hello");
  await ann.page.locator("#rows [data-from=server] code").filter({ hasText: "4hello" }).waitFor();
}

async function nothing(_, server) {
  const paths = ["/", "/page/page.js", "/page/server.json"];
  for (const path of paths) assert.equal((await fetch(server.url + path)).status, 404, path);
  assert.equal((await fetch(`${server.url}/explain`, { method: "POST", body: "40" })).status, 404);
}

async function emit(guest, name, args) {
  await guest.page.fill("#event", name);
  await guest.page.fill("#args", args);
  await guest.button("Emit").click();
}
