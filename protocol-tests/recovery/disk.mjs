// A disk that can be full: a small filesystem of its own, or, where none may be mounted, a limit on the size of a file.
import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A directory on a small filesystem: what takes its space is another file. */
export class SmallDisk {
  name = "a small filesystem";
  /** What clients are told. */
  refusal = /^there is no space left for messages$/;

  constructor(directory) {
    this.file = join(directory, "chat.db");
    this.ballast = join(directory, "ballast");
  }

  program(binary) {
    return binary;
  }

  fill() {
    const file = openSync(this.ballast, "a");
    try {
      for (const size of [65_536, 4096, 1]) this.#fill(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  free() {
    rmSync(this.ballast);
  }

  #fill(file, bytes) {
    try {
      for (;;) writeSync(file, bytes);
    } catch (error) {
      if (error.code !== "ENOSPC") throw error;
    }
  }
}

/** A limit of the process, which is lifted from outside. To SQLite it is a disk that fails, and not one that is full. */
export class LimitedFile {
  name = "a limit on the file";
  refusal = /^there is no space left for messages$|^messages cannot be stored now$/;

  constructor(directory) {
    this.file = join(directory, "chat.db");
    this.script = join(directory, "limited");
  }

  /** By default the signal of the limit ends the process; without it, writing fails. */
  program(binary) {
    writeFileSync(this.script, `#!/bin/bash\ntrap '' XFSZ\nulimit -S -f ${KIBIBYTES}\nexec '${binary}' "$@"\n`);
    chmodSync(this.script, 0o755);
    return this.script;
  }

  /** The messages fill it. */
  fill() {}

  free(server) {
    execFileSync("prlimit", ["--pid", String(server.pid), "--fsize=unlimited:"]);
  }
}

const KIBIBYTES = 1024;
