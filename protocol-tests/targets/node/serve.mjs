// What all contracts share: the settings, and an HTTP server.
import { createServer } from "node:http";
import { port } from "./options.mjs";

export { options } from "./options.mjs";

// What is not under the path is not found; without a listener of its own the request would hang.
const elsewhere = (_, response) => response.writeHead(404).end();

export const http = createServer(elsewhere).listen(port, "127.0.0.1");
