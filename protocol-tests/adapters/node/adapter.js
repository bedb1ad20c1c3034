// Lets protocol-tests judge the reference's own parsers: one JSON object a line, a request in, its answer out.
// The lines are described in ../README.md.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { decodePacket, decodePayload, encodePacket, encodePayload } from "engine.io-parser";
import { Decoder, Encoder, PacketType } from "socket.io-parser";
import { reading } from "./reading.js";

// What the parsers say when they refuse, in the words of the fixtures. engine.io-parser never says why.
const CLASSES = [
  [/^unknown packet type/, "unknown-type"],
  [/^illegal attachments/i, "illegal-attachments"],
  [/^too many attachments/, "too-many-attachments"],
  [/^invalid payload/, "invalid-payload"],
  [/^got plaintext data/, "unexpected-text"],
  [/^got binary data/, "unexpected-binary"],
];

const TYPES = {
  connect: PacketType.CONNECT,
  disconnect: PacketType.DISCONNECT,
  event: PacketType.EVENT,
  ack: PacketType.ACK,
  "connect-error": PacketType.CONNECT_ERROR,
};
const WORDS = Object.fromEntries(Object.entries(TYPES).map(([word, type]) => [type, word]));

const operations = {
  hello: () => ({ name: `engine.io-parser ${version("engine.io-parser")}, socket.io-parser ${version("socket.io-parser")}` }),
  decode: ({ kind, wire }) => ({ packets: parse(kind, wire).map(kind === "sio-packet" ? fromSocket : fromEngine) }),
  encode: ({ kind, packets }) => ({ wire: encode[kind](packets).map(toFrame) }),
  readings: ({ kind, wires }) => ({ readings: wires.map((wire) => reading(() => parse(kind, wire))) }),
};

const parse = (kind, wire) => parsers[kind](wire.map(fromFrame));

const parsers = {
  "eio-packet": ([frame]) => [sound(decodePacket(frame, "nodebuffer"))],
  "eio-payload": ([body]) => decodePayload(body, "nodebuffer").map(sound),
  "sio-packet": (frames) => {
    const packets = [];
    const decoder = new Decoder();
    decoder.on("decoded", (packet) => packets.push(packet));
    frames.forEach((frame) => decoder.add(frame));
    return packets;
  },
};

// engine.io-parser returns its errors as packets.
function sound(packet) {
  if (packet.type === "error") throw new Error(packet.data);
  return packet;
}

const encode = {
  "eio-packet": ([packet]) => called((done) => encodePacket(toEngine(packet), true, done)),
  "eio-payload": (packets) => called((done) => encodePayload(packets.map(toEngine), done)),
  "sio-packet": (packets) => packets.flatMap((packet) => new Encoder().encode(toSocket(packet))),
};

// Both encoders of engine.io-parser call back at once.
function called(encoder) {
  const frames = [];
  encoder((frame) => frames.push(frame));
  return frames;
}

const fromEngine = ({ type, data }) =>
  Buffer.isBuffer(data) ? { type: "binary", hex: data.toString("hex") } : { type, data };

function toEngine({ type, data, hex }) {
  if (type === "binary") return { type: "message", data: Buffer.from(hex, "hex") };
  return data === "" ? { type } : { type, data };
}

const fromSocket = ({ type, nsp, id, data }) => ({ type: WORDS[type], namespace: nsp, id, data: fromData(data) });

const toSocket = ({ type, namespace, id, data }) => ({ type: TYPES[type], nsp: namespace, id, data: toData(data) });

// Object.fromEntries and not assignment: a key may be "__proto__".
const inside = (value, change) =>
  Array.isArray(value)
    ? value.map(change)
    : value !== null && typeof value === "object"
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, change(item)]))
      : value;

const fromData = (value) => (Buffer.isBuffer(value) ? { $bytes: value.toString("hex") } : inside(value, fromData));

const toData = (value) =>
  typeof value?.$bytes === "string" ? Buffer.from(value.$bytes, "hex") : inside(value, toData);

const fromFrame = ({ text, hex }) => text ?? Buffer.from(hex, "hex");

const toFrame = (frame) => (Buffer.isBuffer(frame) ? { hex: frame.toString("hex") } : { text: frame });

function version(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  let answer;
  try {
    answer = operations[request.op](request);
  } catch ({ message }) {
    answer = { error: CLASSES.find(([said]) => said.test(message))?.[1] ?? "refused", message };
  }
  process.stdout.write(JSON.stringify({ id: request.id, ...answer }) + "\n");
}
