// What travels, in a few words, as this client understands it. The server's own words for it come at a click.

import { parse } from "./packet.js";

/** Says what one thing means that the tap has told of. */
export function meaning(event) {
  switch (event.is) {
    case "packet":
      return typeof event.packet === "string" ? packet(event.packet) : `attachment of ${event.packet.length} bytes`;
    case "request":
      return event.method === "GET" ? polled(event.text) : "packets for the server";
    case "answer":
      return answered(event);
    case "failure":
      return `no answer to the ${event.method}`;
    case "opening":
      return event.text.includes("&sid=") ? "a WebSocket for this session" : "a session on a WebSocket";
    case "opened":
      return "the WebSocket is open";
    case "closed":
      return "the WebSocket is closed";
    default:
      return "";
  }
}

const polled = (line) => (line.includes("&sid=") ? "held until there is something to say" : "a session, please");

function answered({ method, status, text }) {
  if (status === 200) return method === "GET" ? "packets from the server" : "they have been read";
  return { 400: "refused", 403: "not for pages of this origin", 413: "too long", 503: "come back later" }[status] ?? text;
}

function packet(text) {
  const data = text.slice(1);
  switch (text[0]) {
    case "0":
      return "OPEN: the session's id, and the rules";
    case "1":
      return "CLOSE: the session ends";
    case "2":
      return data === "probe" ? "PING: does the WebSocket work?" : "PING: still there?";
    case "3":
      return data === "probe" ? "PONG: it works" : "PONG: yes";
    case "4":
      return message(data);
    case "5":
      return "UPGRADE: from now on by WebSocket";
    case "6":
      return "NOOP: lets the GET go";
    default:
      return "no packet";
  }
}

function message(text) {
  try {
    const { type, namespace, id, data, count } = parse(text);
    const place = namespace === "/" ? "" : ` in ${namespace}`;
    const bytes = count > 0 ? `, ${count} attached` : "";
    switch (type.replace("BINARY_", "")) {
      case "EVENT":
        return `${type} ${JSON.stringify(data[0])}${place}${id === undefined ? "" : `, answer ${id} wanted`}${bytes}`;
      case "ACK":
        return `${type} ${id}${place}${bytes}`;
      case "CONNECT":
        return `CONNECT to ${namespace}${data?.sid ? ": welcome" : ""}`;
      default:
        return `${type}${place}${data?.message ? `: ${data.message}` : ""}`;
    }
  } catch {
    return "a message that is no packet of Socket.IO";
  }
}
