// What is open at a moment, drawn as two lanes beside the packets.
//
//   polling  WebSocket
//      │                 a GET is held            off      nothing
//      │        ┊        a WebSocket opens        waiting  between two requests, or a WebSocket that opens
//      │        │        the probe                open     a GET that is held, or a WebSocket
//      ●────────●        "5": the session moves
//               ┃        it carries the session

export class Lanes {
  #polling = "off";
  #websocket = "off";
  #carrier = "";
  #get;
  #socket;

  /** Takes what happens, and gives what is to be drawn: both lanes above and below it. */
  draw(event) {
    const above = this.#now();
    this.#take(event);
    const moves = above.carrier === "polling" && this.#carrier === "websocket";
    return { above, below: this.#now(), lane: event.lane, moves };
  }

  #now() {
    return { polling: this.#polling, websocket: this.#websocket, carrier: this.#carrier };
  }

  #take({ is, lane, method, packet, request, socket }) {
    if (is === "session" || is === "end") {
      this.#get = this.#socket = undefined;
      this.#polling = this.#websocket = "off";
      this.#carrier = "";
    } else if (is === "request" && method === "GET") {
      this.#get = request;
      this.#polling = "open";
      this.#carrier ||= "polling";
    } else if ((is === "answer" || is === "failure") && method === "GET") {
      // One of an earlier session may be answered late, as its WebSocket may close late.
      if (request === this.#get) this.#polling = is === "answer" ? "waiting" : "off";
    } else if (is === "opening") {
      this.#socket = socket;
      this.#websocket = "waiting";
    } else if (is === "opened" || is === "closed") {
      if (socket === this.#socket) this.#websocket = is === "opened" ? "open" : "off";
    } else if (lane === "websocket" && (packet === "5" || packet?.[0] === "0")) {
      this.#carrier = "websocket";
      this.#polling = "off";
    }
  }
}
