// The contract `engine-echo` (../CONTRACTS.md) on engine.io.
import { attach } from "engine.io";
import { http, options } from "./serve.mjs";

attach(http, options).on("connection", (socket) => {
  socket.on("message", (data) => socket.send(data));
});
