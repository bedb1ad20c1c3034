// The contract `plus` (../CONTRACTS.md) on socket.io; has groups, volatile, throw, shut-down.
import { Server } from "socket.io";
import { http, options } from "./serve.mjs";

const io = new Server(http, options);
const refusal = Object.assign(new Error("denied"), { data: { code: 7 } });
io.of("/deny").use((socket, next) => next(socket.handshake.auth.admit === true ? undefined : refusal));
["/", "/custom", "/deny", /^\/kit-/].forEach((namespace) => io.of(namespace).on("connection", serve));

function serve(socket) {
  const back = (event, ...args) => socket.emit(`${event}-back`, ...args);
  const times = (n, step) => Array.from({ length: n }, (_, i) => step(i));
  // Calls `act`, then acknowledges; at once, or when the promise that it returned is kept.
  const on = (event, act) => socket.on(event, (...args) => {
    const ack = typeof args.at(-1) === "function" ? args.pop() : () => {};
    const later = act(...args);
    later instanceof Promise ? later.then(() => ack()) : ack();
  });
  if (["/", "/custom"].includes(socket.nsp.name)) socket.emit("auth", socket.handshake.auth);
  socket.on("message", (...args) => back("message", ...args));
  socket.on("message-with-ack", (...args) => typeof args.at(-1) === "function" && args.pop()(...args));
  on("emit-with-ack", (...args) => new Promise((done) =>
    socket.emit("question", ...args, (...answer) => done(back("emit-with-ack", ...answer)))));
  on("ack-timeout", (ms, ...args) => new Promise((done) =>
    socket.timeout(ms).emit("question", ...args, (late, ...answer) =>
      done(late ? back("ack-timeout", "timeout") : back("ack-timeout", "answered", ...answer)))));
  on("burst", (n, size) => void times(n, (i) => back("burst", i, "".padEnd(size, "x"))));
  on("bin", (n) => void back("bin", ...times(n, (i) => Buffer.alloc(i + 1, i))));
  on("broadcast", (...args) => void socket.broadcast.emit("broadcast-back", ...args));
  on("sleep", (ms, ...args) => new Promise((done) => setTimeout(() => done(back("sleep", ms, ...args)), ms)));
  socket.on("disconnect-me", (transport) => socket.disconnect(transport === true));
  on("enter", (group) => void socket.join(group));
  on("exit", (group) => void socket.leave(group));
  on("to", (groups, ...args) => void socket.nsp.to(groups).emit("to-back", ...args));
  on("volatile", (n) => void times(n, (i) => socket.volatile.emit("volatile-back", i)));
  socket.on("throw", () => { throw new Error("asked to"); });
  socket.on("shut-down", () => io.close(() => process.exit()));
}
