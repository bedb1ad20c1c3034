// Usage: node page.mjs PATH-TO-WIRE42 PATH-TO-CHROMIUM [WORDS]. The page that wire42 serves: each thing that can be done
// with it. With words, only the checks whose names have them.
import { anyFailed, check } from "../node/report.mjs";
import { PINGS, Server } from "../node/server.mjs";
import { launch } from "./chromium.mjs";
import { Guest } from "./guest.mjs";
import { ACCESS } from "./page/access.mjs";
import { APPLICATIONS } from "./page/applications.mjs";
import { CHAT } from "./page/chat.mjs";
import { CONNECTION } from "./page/connection.mjs";
import { WIRE } from "./page/wire.mjs";

const [binary, executablePath, words = ""] = process.argv.slice(2);
const { browser, client } = await launch(executablePath);

try {
  const checks = [CHAT, CONNECTION, WIRE, APPLICATIONS, ACCESS].flat().filter(({ name }) => name.includes(words));
  const inTurn = async () => {
    for (let one; (one = checks.shift()); ) await check(client, one.mode ?? "", `page: ${one.name}`, () => onServer(one));
  };
  // Two at a time: most of a check is waiting.
  await Promise.all([inTurn(), inTurn()]);
} finally {
  await browser.close();
}
process.exit(anyFailed() ? 1 : 0);

/** Runs one check on a server of its own; whoever visited leaves behind it, and must have nothing to complain of. */
async function onServer({ app = "chat", pings = PINGS, flags = [], body }) {
  const server = new Server(binary, app, { flags: [...pings, ...flags] });
  const guests = [];
  const visit = async (options) => {
    guests.push(await Guest.open(browser, server.url, options));
    return guests.at(-1);
  };
  await server.start();
  try {
    await body(visit, server);
    const complaints = guests.flatMap((guest) => guest.complaints);
    if (complaints.length > 0) throw new Error(`the browser complains: ${complaints.join("; ")}`);
  } finally {
    await Promise.all(guests.map((guest) => guest.leaves()));
    await server.stop();
  }
}
