// The one order of a room's messages, put together from every list that anybody was shown.
//
//   shown to ann     [a, b, c]
//   shown to bob        [b, c, d]        the room's order is a, b, c, d
//   shown to ann     [a, c]              a contradiction: b was there, and is gone

const FIELDS = ["clientId", "name", "message", "timeStamp"];

export class Ledger {
  order = [];
  #places = new Map();

  /** Takes a list and gives the place behind its last message. Throws if it contradicts those before. */
  take(list) {
    // From before anything was said: it comes late, perhaps, but is right.
    if (list.length === 0) return 0;
    const from = this.order.length === 0 ? 0 : this.placeOf(list[0].message);
    if (from === undefined) throw new Error(`a list begins with ${brief(list[0])}, which nobody saw before`);
    list.forEach((entry, i) => this.#put(from + i, entry));
    return from + list.length;
  }

  /** Where this text stands, if it does. */
  placeOf(text) {
    return this.#places.get(text);
  }

  #put(place, entry) {
    const there = this.order[place];
    if (there === undefined) {
      if (this.#places.has(entry.message)) throw new Error(`${brief(entry)} is there twice`);
      this.#places.set(entry.message, this.order.push(entry) - 1);
    } else if (FIELDS.some((field) => there[field] !== entry[field])) {
      throw new Error(`message ${place} was ${brief(there)} and is ${brief(entry)}`);
    }
  }
}

/** Enough of a message to know it by. */
export function brief(entry) {
  return JSON.stringify(entry && { ...entry, message: entry.message.slice(0, 40) });
}
