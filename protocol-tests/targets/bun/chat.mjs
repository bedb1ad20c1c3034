// The contract `chat` (../CONTRACTS.md) on @socket.io/bun-engine. Measured, not judged.
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { options, port } from "../node/options.mjs";
import { join, namespaces } from "../node/room.mjs";

const engine = new Engine(options);
const io = new Server(options);
io.bind(engine);

for (const namespace of namespaces) io.of(namespace).on("connection", join);

Bun.serve({ port, hostname: "127.0.0.1", ...engine.handler() });
