// What all contracts share: the port, the times, and an HTTP server.
import { createServer } from "node:http";

const { env, argv } = process;

export const options = {
  path: "/socket.io/",
  pingInterval: Number(env.PING_INTERVAL ?? 1000),
  pingTimeout: Number(env.PING_TIMEOUT ?? 1000),
  connectTimeout: Number(env.CONNECT_TIMEOUT ?? 3000),
  upgradeTimeout: Number(env.UPGRADE_TIMEOUT ?? 3000),
  cors: { origin: "*" },
};

// What is not under the path is not found; without a listener of its own the request would hang.
const elsewhere = (_, response) => response.writeHead(404).end();

export const http = createServer(elsewhere).listen(Number(argv[2] ?? env.PORT), "127.0.0.1");
