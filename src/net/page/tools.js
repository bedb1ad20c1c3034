// What the visitor may do with the log (pause, copy, clear, filter), and packets by hand.

export class Tools {
  #wire;
  #said;
  #pause;
  #isPaused = false;

  constructor(tools, byHand, wire, client) {
    this.#wire = wire;
    this.#said = tools.querySelector("[role=status]");
    this.#pause = tools.elements.pause;
    this.#pause.addEventListener("click", () => this.#turn());
    tools.elements.copy.addEventListener("click", () => this.#copy());
    tools.elements.clear.addEventListener("click", () => wire.clear());
    tools.addEventListener("submit", (event) => event.preventDefault());
    tools.addEventListener("input", () => {
      const { words, heartbeat, http } = tools.elements;
      wire.filter({ words: words.value, heartbeat: heartbeat.checked, http: http.checked });
    });
    byHand.addEventListener("submit", (event) => {
      event.preventDefault();
      // As the log shows it, and as the fixtures write it, a separator is ␞.
      client.raw([byHand.elements.packet.value.replaceAll("␞", "\x1e")]);
    });
    byHand.elements.example.addEventListener("change", ({ target }) => {
      byHand.elements.packet.value = target.value;
    });
  }

  /** Something was added to the log. */
  told() {
    if (this.#isPaused) this.#pause.textContent = `Resume (${this.#wire.waiting})`;
  }

  #turn() {
    this.#isPaused = !this.#isPaused;
    this.#wire.pause(this.#isPaused);
    this.#pause.ariaPressed = String(this.#isPaused);
    this.#pause.textContent = this.#isPaused ? "Resume" : "Pause";
  }

  async #copy() {
    const lines = this.#wire.lines();
    try {
      await copy(`${lines.join("\n")}\n`);
      this.#said.textContent = `${lines.length} lines copied`;
    } catch {
      this.#said.textContent = "The browser does not let this page copy";
    }
  }
}

/** A page that is neither on https nor on localhost has no clipboard, but may still copy what is selected. */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (!isCopied) throw new Error("not copied");
}
