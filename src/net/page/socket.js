// One namespace of a client: joining it, events both ways, and acknowledgements both ways.
//
//   40/team,{…} ─>   <─ 40/team,{"sid":…}      42/team,7["ask",1] ─>   <─ 43/team,7["answer"]      41/team, ─>
//
// A server that recovers gives a secret, and behind each event an offset. Who shows both in another session is the same again,
// and is sent what it missed:
//
//   <─ 40{"sid":…,"pid":"Kx"}   <─ 42["message",…,"17"]   (cut)   40{"pid":"Kx","offset":"17"} ─>   <─ 42["message",…,"18"]
//
// fixtures/socket.io/02-connecting.md, 03-events.md, 04-acknowledgements.md, 06-namespaces.md

export class Socket {
  /** The public id, while it is joined; each session gives it another, unless the server recovers. */
  id;
  #send;
  #hears;
  #questions = new Map();
  #nextId = 0;
  #pid;
  #offset;

  /** `hears` is told `joined` (and whether as the same as before), `refused`, `left` and each `event`; what it gives back answers a server that asked. */
  constructor(namespace, send, hears) {
    this.namespace = namespace;
    this.#send = (type, data, id) => send({ type, namespace, data, id });
    this.#hears = hears;
  }

  join() {
    this.#send("CONNECT", this.#pid === undefined ? this.auth : { pid: this.#pid, offset: this.#offset, ...this.auth });
  }

  emit(...event) {
    this.#send("EVENT", event);
  }

  /** Emits, and waits for the arguments of the ACK with the same number. */
  ask(...event) {
    const id = this.#nextId++;
    this.#send("EVENT", event, id);
    return new Promise((resolve, reject) => this.#questions.set(id, { resolve, reject }));
  }

  leave() {
    this.#send("DISCONNECT");
    this.lose("left by this page");
  }

  hear({ type, id, data }) {
    if (type === "CONNECT") this.#joined(data);
    if (type === "CONNECT_ERROR") this.#hears.refused(data.message);
    if (type === "DISCONNECT") this.lose("the server ended this namespace");
    if (type === "ACK") this.#answered(id, data);
    if (type === "EVENT") this.#happened(id, data);
  }

  #joined({ sid, pid }) {
    const isRecovered = pid !== undefined && pid === this.#pid;
    if (!isRecovered) this.#offset = undefined;
    this.#pid = pid;
    this.id = sid;
    this.#hears.joined(sid, isRecovered);
  }

  #answered(id, data) {
    this.#questions.get(id)?.resolve(data);
    this.#questions.delete(id);
  }

  #happened(id, data) {
    const answer = this.#hears.event(...data);
    if (this.#pid !== undefined && id === undefined && typeof data.at(-1) === "string") this.#offset = data.at(-1);
    if (id !== undefined) this.#send("ACK", [answer], id);
  }

  /** Whether a question without an answer arrived, nobody knows: it is not asked again. */
  lose(reason) {
    const wasIn = this.id !== undefined;
    this.id = undefined;
    this.#questions.forEach(({ reject }) => reject(new Error(reason)));
    this.#questions.clear();
    if (wasIn) this.#hears.left(reason);
  }
}
