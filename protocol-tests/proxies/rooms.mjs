// Two processes behind one proxy, each with the clients of its host name.
import assert from "node:assert/strict";
import { Chatter } from "../clients/node/chatter.mjs";
import { next } from "../clients/node/report.mjs";

/** Everyone of a host name meets, nobody of the other one hears, and one process may go and come without the other. */
export async function partsRooms(party, [siteA, siteB], [serverA]) {
  const [ann, adam] = [await Chatter.join(party.socket(siteA.url)), await Chatter.join(party.socket(siteA.url))];
  const [bob, bea] = [await Chatter.join(party.socket(siteB.url)), await Chatter.join(party.socket(siteB.url))];
  ann.say("ann", "only for a");
  await adam.hears("only for a");
  bob.say("bob", "only for b");
  await bea.hears("only for b");
  assert.deepEqual([adam, bea].map(({ latest }) => latest.length), [1, 1], "messages in each room");

  const lost = [ann, adam].map(({ socket }) => next(socket, "disconnect"));
  await serverA.stop();
  await Promise.all(lost);
  bob.say("bob", "a is away");
  await bea.hears("a is away");
  const back = [ann, adam].map(({ socket }) => next(socket, "connect", "reconnection"));
  await serverA.start();
  await Promise.all(back);
  ann.say("ann", "a is back");
  await adam.hears("a is back");
  assert.deepEqual([adam, bea].map(({ latest }) => latest.length), [1, 2], "messages in each room afterwards");
}
