// The contract `recovery` (../CONTRACTS.md) on socket.io.
import { Server } from "socket.io";
import { http, options } from "./serve.mjs";

const io = new Server(http, { ...options, connectionStateRecovery: { maxDisconnectionDuration: 2000 } });

["/", "/custom", /^\/kit-/].forEach((namespace) => io.of(namespace).on("connection", serve));

function serve(socket) {
  const on = (event, act) => socket.on(event, (...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
    act(...args);
    ack();
  });
  if (!socket.recovered) socket.emit("auth", socket.handshake.auth);
  on("message", (...args) => socket.emit("message-back", ...args));
  socket.on("message-with-ack", (...args) => typeof args.at(-1) === "function" && args.pop()(...args));
  on("ask", (...args) => socket.emit("question", ...args, () => {}));
  on("broadcast", (...args) => socket.broadcast.emit("broadcast-back", ...args));
  on("volatile", (...args) => socket.broadcast.volatile.emit("volatile-back", ...args));
  on("join", (room) => socket.join(room));
  on("to", (room, ...args) => socket.to(room).emit("to-back", ...args));
  socket.on("disconnect-me", () => socket.disconnect());
}
