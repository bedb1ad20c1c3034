// A throw-away certificate for this machine, and how to tell Chromium to take it and no other.
import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export class Certificate {
  /** Makes a certificate and its key in `directory`. */
  constructor(directory) {
    this.certFile = join(directory, "cert.pem");
    this.keyFile = join(directory, "key.pem");
    const what = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2"];
    const whose = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", this.keyFile, "-out", this.certFile];
    execFileSync("openssl", ["req", ...what, ...whose, ...files], { stdio: ["ignore", "ignore", "pipe"] });
  }

  /** For a server of Node's. */
  get options() {
    return { cert: readFileSync(this.certFile), key: readFileSync(this.keyFile) };
  }

  /** For wire42. */
  get flags() {
    return ["--tls-cert", this.certFile, "--tls-key", this.keyFile];
  }

  /** The hash of the public key, as Chromium's list of exceptions wants it. */
  get fingerprint() {
    const { publicKey } = new X509Certificate(readFileSync(this.certFile));
    return createHash("sha256").update(publicKey.export({ type: "spki", format: "der" })).digest("base64");
  }
}
