// The contract `chat` (../CONTRACTS.md) on socket.io.
import { Server } from "socket.io";
import { http, options } from "./serve.mjs";

const io = new Server(http, options);
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Kolkata" });
const histories = new Map();

for (const namespace of ["/", /^\/kit-/]) io.of(namespace).on("connection", join);

function join(socket) {
  const room = socket.nsp;
  if (!histories.has(room.name)) histories.set(room.name, []);
  const history = histories.get(room.name);
  socket.emit("message", history);
  socket.on("message", (...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
    const { name, input } = args[0] ?? {};
    if (typeof name !== "string" || typeof input !== "string") return ack({ error: "name and input must be strings" });
    history.push({ clientId: socket.id, name, message: input, timeStamp: clock.format(new Date()) });
    room.emit("message", history.slice(-500));
    ack({ ok: true });
  });
}
