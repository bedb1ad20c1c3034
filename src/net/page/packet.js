// A packet of Socket.IO, which stands behind the 4 of an Engine.IO message.
//
//   2/admin,12["project:delete",123]        51-["upload",{"_placeholder":true,"num":0}]      and a message of bytes
//   │└ namespace, if it is not "/"          │└ attachments
//   │       └ acknowledgement id            └ type: BINARY_EVENT
//   └ type: EVENT
//
// fixtures/socket.io/01-packets.md, 05-binary.md

const TYPES = ["CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"];
const GRAMMAR = /^(?<type>[0-6])(?:(?<count>\d+)-)?(?:(?<namespace>\/[^,]*)(?:,|$))?(?<id>\d+)?(?<json>[^]*)$/;

/** Reads the text of a packet. */
export function parse(text) {
  const { type, count = 0, namespace = "/", id, json } = GRAMMAR.exec(text)?.groups ?? {};
  if (!type) throw new Error("that is no packet of Socket.IO");
  return { type: TYPES[type], count: Number(count), namespace, id: id && Number(id), data: json && JSON.parse(json) };
}

/** Writes a packet as messages: its text and, for each value that is bytes, these. */
export function encode({ type, namespace, id = "", data }) {
  const attachments = [];
  const asJson = (_, value) =>
    value instanceof Uint8Array ? { _placeholder: true, num: attachments.push(value) - 1 } : value;
  const json = JSON.stringify(data, asJson) ?? "";
  const count = attachments.length;
  const head = count > 0 ? `${TYPES.indexOf(`BINARY_${type}`)}${count}-` : TYPES.indexOf(type);
  return [`${head}${namespace === "/" ? "" : `${namespace},`}${id}${json}`, ...attachments];
}

/** Reads packets from messages; between one and its attachments nothing else may come. */
export class Decoder {
  #packet;
  #bytes = [];

  /** Gives the packet that this message completes. */
  add(message) {
    if ((typeof message === "string") === Boolean(this.#packet)) throw new Error("an attachment is out of place");
    if (this.#packet) this.#bytes.push(message);
    const packet = this.#packet ?? parse(message);
    const isComplete = this.#bytes.length === packet.count;
    this.#packet = isComplete ? undefined : packet;
    if (!isComplete) return undefined;
    return { ...packet, type: packet.type.replace("BINARY_", ""), data: filled(packet.data, this.#bytes.splice(0)) };
  }
}

/** Gives the data with the bytes where their placeholders were. */
function filled(data, bytes) {
  if (data?._placeholder === true && data.num in bytes) return bytes[data.num];
  if (Array.isArray(data)) return data.map((item) => filled(item, bytes));
  if (data === null || typeof data !== "object") return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, filled(value, bytes)]));
}
