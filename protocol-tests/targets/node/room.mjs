// The chat itself, whatever engine is below.
import { kept } from "./options.mjs";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Kolkata" });
const histories = new Map();

export const namespaces = ["/", /^\/kit-/];

export function join(socket) {
  const room = socket.nsp;
  if (!histories.has(room.name)) histories.set(room.name, []);
  const history = histories.get(room.name);
  // Who is recovered gets what it missed, and no greeting.
  if (!socket.recovered) socket.emit("message", [...history]);
  socket.on("message", (...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
    const { name, input } = args[0] ?? {};
    if (typeof name !== "string" || typeof input !== "string") return ack({ error: "name and input must be strings" });
    history.push({ clientId: socket.id, name, message: input, timeStamp: clock.format(new Date()) });
    if (history.length > kept) history.shift();
    // A copy: what is kept for those who are away is encoded when they come back.
    room.emit("message", [...history]);
    ack({ ok: true });
  });
}
