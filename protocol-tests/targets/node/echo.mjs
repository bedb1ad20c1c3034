// The contract `echo` (../CONTRACTS.md) on socket.io.
import { Server } from "socket.io";
import { http, options } from "./serve.mjs";

const io = new Server(http, options);

io.on("connection", (socket) => {
  socket.emit("auth", socket.handshake.auth);
  socket.on("message", (...args) => socket.emit("message-back", ...args));
  socket.on("message-with-ack", (...args) => typeof args.at(-1) === "function" && args.pop()(...args));
});

io.of("/custom").on("connection", (socket) => socket.emit("auth", socket.handshake.auth));
