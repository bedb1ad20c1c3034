// What a check says: one line each, and whether all of them held.

/** No single wait lasts longer than this; a server on this machine answers in milliseconds, unless the machine is busy. */
export const PATIENCE_MS = 10_000;

let failed = 0;

export const anyFailed = () => failed > 0;

/** Runs one check, prints its line and says whether it held; a check fails by throwing. */
export async function check(client, mode, name, body) {
  const label = `${client.padEnd(24)} ${mode.padEnd(9)} ${name}`;
  try {
    await body();
    console.log(`ok   ${label}`);
    return true;
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${label}: ${error.message.replaceAll("\n", " ")}`);
    return false;
  }
}

/** The promise, or an error that names what did not come in time. */
export function within(promise, what, ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** The arguments of an emitter's next event. */
export function next(emitter, event, what = `event "${event}"`) {
  return within(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), what);
}
