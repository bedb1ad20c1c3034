// Writes what a parser has read as one line, with all that JSON cannot say: -0, Infinity, NaN, undefined, bytes.
// The form is described in ../README.md.

export function reading(parse) {
  try {
    return parse().map(packet).join("; ");
  } catch ({ message }) {
    return `! ${message}`;
  }
}

const TYPES = ["connect", "disconnect", "event", "ack", "connect-error"];

function packet({ type, nsp, id, data }) {
  if (nsp === undefined) return Buffer.isBuffer(data) ? value(data) : words(type, data && value(data));
  return words(TYPES[type], value(nsp), id === undefined ? id : `id ${value(id)}`, data === undefined ? data : value(data));
}

const words = (...all) => all.filter((word) => word !== undefined).join(" ");

function value(data) {
  if (typeof data === "number") return number(data);
  if (data === undefined) return "undefined";
  if (Buffer.isBuffer(data)) return `<${data.toString("hex")}>`;
  if (Array.isArray(data)) return `[${data.map(value).join()}]`;
  if (data === null || typeof data !== "object") return JSON.stringify(data);
  const keys = Object.keys(data).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${value(data[key])}`).join()}}`;
}

// Whole numbers are written as they are, others bit by bit: two languages may round digits differently.
function number(data) {
  if (Object.is(data, -0)) return "-0";
  if (Number.isSafeInteger(data) || !Number.isFinite(data)) return String(data);
  double.setFloat64(0, data);
  return `#${double.getBigUint64(0).toString(16).padStart(16, "0")}`;
}

const double = new DataView(new ArrayBuffer(8));
