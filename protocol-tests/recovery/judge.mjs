// What became of what somebody said: whether it is in the room's order, and where.

export class Judge {
  counts = { acknowledged: 0, unknown: 0, refused: 0, there: 0 };

  /** `faults` are functions: `kept`, `refused`, `gaps`, `turned`. */
  constructor(faults) {
    this.faults = faults;
  }

  /** Looks at each connection of a writer that is over, and in which nothing is unanswered. */
  judge(writer) {
    while (writer.spans.length > 1 && isAnswered(writer.spans[0])) this.#judge(writer.spans.shift(), writer.ledger);
    if (isAnswered(writer.spans[0])) this.#judge(writer.spans[0].splice(0), writer.ledger);
  }

  #judge(span, ledger) {
    let [last, missing] = [-1, undefined];
    for (const { input, became } of span) {
      const place = ledger.placeOf(input);
      const words = input.slice(0, 40);
      if (became === "acknowledged" && place === undefined) this.faults.kept(words);
      if (became === "refused" && place !== undefined) this.faults.refused(words);
      if (place !== undefined && missing) this.faults.gaps(`"${words}" is there without "${missing}", which was said before it`);
      if (place <= last) this.faults.turned(`"${words}" stands before what was said before it`);
      last = place ?? last;
      if (place === undefined && became !== "refused") missing = words;
      this.counts[became] += 1;
      if (became === "unknown" && place !== undefined) this.counts.there += 1;
    }
  }
}

const isAnswered = (span) => span.every(({ became }) => became !== "unanswered");
