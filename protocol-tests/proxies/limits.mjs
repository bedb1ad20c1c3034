// What the proxy refuses to one address, and what that does to the stock client.
import assert from "node:assert/strict";
import https from "node:https";
import { Chatter } from "../clients/node/chatter.mjs";
import { next, within } from "../clients/node/report.mjs";
import { arrive } from "./site.mjs";

const OFFICE = 30;
const FLOOD = 300;
const LATE = 20;

/** An office behind one address notices nothing. */
export async function admitsAnOffice(party, site, mode) {
  const chatters = await Promise.all(Array.from({ length: OFFICE }, () => arrive(party, site.url, mode)));
  chatters.forEach((chatter, i) => chatter.say("someone", `${mode.name} ${i}`));
  const isWhole = (history) => history.filter(({ message }) => message.startsWith(mode.name)).length === OFFICE;
  for (const chatter of chatters) await chatter.sees(isWhole, `${OFFICE} messages`);
}

/** Sessions without end are refused; stock clients that are refused along with them try until they get in. */
export async function refusesAFlood(party, site) {
  const agent = new https.Agent({ ...site.tls, keepAlive: true, maxSockets: 8 });
  const statuses = await Promise.all(Array.from({ length: FLOOD }, () => handshake(site.url, agent)));
  const count = (status) => statuses.filter((each) => each === status).length;
  assert.ok(count(200) > 0 && count(429) > 0, `200: ${count(200)}, 429: ${count(429)}`);
  assert.equal(count(200) + count(429), FLOOD, "answers of 200 or 429");

  let refused = 0;
  const late = Array.from({ length: LATE }, () => new Chatter(party.socket(site.url)));
  for (const { socket } of late) socket.once("connect_error", () => (refused += 1));
  await Promise.all(late.map((chatter) => chatter.sees(Array.isArray, "history after a refusal")));
  assert.ok(refused > 0, "nobody was refused");
}

function handshake(url, agent) {
  const answered = new Promise((resolve, reject) => {
    const request = https.get(`${url}/socket.io/?EIO=4&transport=polling`, { agent }, (response) => {
      response.resume().once("end", () => resolve(response.statusCode));
    });
    request.once("error", reject);
  });
  return within(answered, "answer to a handshake");
}
