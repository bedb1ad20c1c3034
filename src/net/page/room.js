// The namespace that the visitor is in: joined anew in each session, changed by a field, opened by a token.

export class Room {
  #client;
  #hears;
  #socket;
  #auth;
  #isConnected = false;

  /** `hears` is told `joined`, `refused`, `left` and each `event`. */
  constructor(client, hears) {
    this.#client = client;
    this.#hears = hears;
    this.#socket = this.#enter("/");
  }

  get name() {
    return this.#socket.namespace;
  }

  get isIn() {
    return this.#socket.id !== undefined;
  }

  /** Asks the server something in here; a promise of the answer. */
  async ask(...event) {
    if (!this.isIn) throw new Error("not connected: nothing was sent");
    return this.#socket.ask(...event);
  }

  emit(...event) {
    if (!this.isIn) throw new Error("not connected: nothing was sent");
    this.#socket.emit(...event);
  }

  /** Whether there is a session, in which rooms can be joined. */
  connected(isConnected) {
    this.#isConnected = isConnected;
  }

  /** Goes to another room. The present one is left when the new one is entered: who is in none is sent away in a while. */
  move(name) {
    if (name === this.name) return;
    const next = this.#enter(name);
    if (this.#isConnected) next.join();
  }

  /** Shows a token, in this session and those that follow. It is kept nowhere else. */
  show(token) {
    this.#auth = { token };
    this.#socket.auth = this.#auth;
    if (this.#isConnected && !this.isIn) this.#socket.join();
  }

  #enter(name) {
    const socket = this.#client.socket(name, {
      joined: (id, isRecovered) => {
        this.#settle(socket);
        this.#hears.joined(name, id, isRecovered);
      },
      refused: (reason) => {
        if (socket !== this.#socket) this.#client.forget(name);
        this.#hears.refused(name, reason);
      },
      left: (reason) => socket === this.#socket && this.#hears.left(reason),
      event: (...event) => (socket === this.#socket ? this.#hears.event(...event) : undefined),
    });
    socket.auth = this.#auth;
    return socket;
  }

  #settle(socket) {
    const old = this.#socket;
    if (old === socket) return;
    this.#socket = socket;
    this.#client.forget(old.namespace);
    if (old.id !== undefined) old.leave();
  }
}
