// The contract `chat` (../CONTRACTS.md) on socket.io.
import { Server } from "socket.io";
import { join, namespaces } from "./room.mjs";
import { http, options } from "./serve.mjs";

const io = new Server(http, options);

for (const namespace of namespaces) io.of(namespace).on("connection", join);
