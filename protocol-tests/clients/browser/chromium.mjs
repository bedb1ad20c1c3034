// A Chromium for one program of checks.
import { chromium } from "playwright-core";

const QUIET = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
const ALONE = ["--no-sandbox", "--disable-component-update", "--disable-sync"];

/** Starts it; one that is shown a certificate trusts it. Gives it, and its name with its version. */
export async function launch(executablePath, certificate) {
  const trust = certificate ? [`--ignore-certificate-errors-spki-list=${certificate.fingerprint}`] : [];
  const browser = await chromium.launch({ executablePath, args: [...QUIET, ...ALONE, ...trust] });
  return { browser, client: `Chromium ${browser.version().split(".")[0]}` };
}
