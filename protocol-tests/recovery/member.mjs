// A stock client that loses its connection again and again, and must come back each time as whom it was.

export class Member {
  /** Its public id, from its first connection on. */
  id;
  recoveries = 0;
  #since;
  #lost;

  /** `fault` is told of each connection that was not recovered. */
  constructor(name, socket, fault) {
    Object.assign(this, { name, socket });
    socket.on("connect", () => {
      const { id, recovered } = socket;
      if (this.id !== undefined && recovered && id === this.id) this.recoveries += 1;
      else if (this.id !== undefined) {
        fault(`${name} was ${this.id}, lost it by ${this.#lost}, and came back as ${id}, recovered: ${recovered}`);
      }
      this.id = id;
      this.#since = performance.now();
    });
    socket.on("disconnect", (reason) => {
      this.#lost = reason;
      if (reason === "io server disconnect") fault(`${name} was sent away`);
    });
  }

  get isThere() {
    return this.socket.connected;
  }

  /** Who it is, and how far its connection has come. */
  get state() {
    const { engine, _readyState } = this.socket.io;
    return `${this.name} (${_readyState}; ${engine?.readyState} by ${engine?.transport?.name})`;
  }

  /** Whether it is there, and came after this moment. */
  isBackSince(moment) {
    return this.isThere && this.#since > moment;
  }
}

/** One in a chat room, who is shown its list again and again. */
export class Reader extends Member {
  #end = -1;
  #again = 0;
  /** How often it was shown a list twice because the client kept it. */
  repeats = 0;

  /** `faults` are functions: `recovery`, and `order` for whoever is shown what contradicts the room's ledger. */
  constructor(name, socket, ledger, faults) {
    super(name, socket, faults.recovery);
    this.ledger = ledger;
    // The stock client gives its listeners what comes before the answer to CONNECT only when that has come, and keeps it
    // if the connection is lost in between. It has then not told the server, which sends the same once more.
    socket.io.on("close", () => (this.#again += socket.receiveBuffer.length));
    socket.on("connect", () => {
      if (!socket.recovered) this.#end = -1;
    });
    socket.on("message", (list) => {
      try {
        this.#see(ledger.take(list));
      } catch (error) {
        faults.order(`${name}: ${error.message}`);
      }
    });
  }

  /** How many messages it was shown, or knows to be older than what it was shown. */
  get seen() {
    return this.#end;
  }

  #see(end) {
    const again = end === this.#end && this.#again > 0;
    if (end <= this.#end && !again) throw new Error(`a list that ends at ${end} behind one that ended at ${this.#end}`);
    if (again) {
      this.#again -= 1;
      this.repeats += 1;
    }
    this.#end = end;
  }
}

/** One who also speaks, as fast as a few unanswered questions at a time let it. */
export class Writer extends Reader {
  /** What was said on each connection, in that order. */
  spans = [[]];
  #count = 0;
  #unanswered = 0;
  #isSilent = true;
  #wasIn = false;

  /**
   * Of its `style`, `text` makes a message; `window` is how many questions may be unanswered before it asks another by itself;
   * `buffers` is how many it asks the moment that it is away, for the client to send when it is back.
   */
  constructor(name, socket, ledger, faults, style) {
    super(name, socket, ledger, faults);
    this.style = style;
    socket.on("connect", () => {
      this.#wasIn = true;
      this.#speak();
    });
    // The client says so also of connections that never came to an answer to CONNECT; what waits in it goes on waiting.
    socket.on("disconnect", () => this.#wasIn && this.#lose());
  }

  begin() {
    this.#isSilent = false;
    this.#speak();
  }

  end() {
    this.#isSilent = true;
  }

  /** Says one thing; while it is away, the client keeps it until it is back. */
  say() {
    const input = this.style.text(`${this.name} ${this.#count++}`);
    const message = { input, became: "unanswered" };
    const settle = (became) => {
      if (message.became !== "unanswered") return;
      message.became = became;
      this.#unanswered -= 1;
      this.#speak();
    };
    message.lose = () => settle("unknown");
    this.spans.at(-1).push(message);
    this.#unanswered += 1;
    const answer = this.socket.emitWithAck("message", { name: this.name, input });
    answer.then((answer) => settle(answer?.ok === true ? "acknowledged" : "refused"), () => settle("unknown"));
  }

  get isAnswered() {
    return this.#unanswered === 0;
  }

  #lose() {
    this.#wasIn = false;
    this.spans.push([]);
    // Client 4.6.1 leaves a question open for ever whose connection is lost; the newer one says so.
    this.spans.at(-2).forEach((message) => message.lose());
    for (let i = 0; i < this.style.buffers; i++) if (!this.#isSilent) this.say();
  }

  #speak() {
    while (this.isThere && !this.#isSilent && this.#unanswered < this.style.window) this.say();
  }
}
