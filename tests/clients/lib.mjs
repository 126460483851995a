// What the Node.js clients share: checks that report one JSON line each, and a limit on time.
import { parseArgs } from "node:util";

/** How long one check may take, in milliseconds. */
export const LIMIT = 20_000;

/** Runs named checks, all of them even when one fails. */
export class Checks {
  #client;
  #only;
  #passed = 0;
  #failed = 0;

  constructor(client, only = "") {
    this.#client = client;
    this.#only = only.split(",").filter(Boolean);
  }

  /** Whether --only leaves this check in. */
  wants(name) {
    return this.#only.length === 0 || this.#only.includes(name);
  }

  /** Passes, and resolves to true, unless `body` throws or takes too long. */
  async check(name, body) {
    const start = performance.now();
    let timer;
    const limit = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${LIMIT / 1000} s`)), LIMIT);
    });
    let error;
    try {
      await Promise.race([body(), limit]);
    } catch (thrown) {
      error = String(thrown?.stack ?? thrown).split("\n").slice(0, 3).join(" ");
    } finally {
      clearTimeout(timer);
    }
    error === undefined ? this.#passed++ : this.#failed++;
    const ms = Math.round(performance.now() - start);
    console.log(JSON.stringify({ client: this.#client, check: name, ok: !error, ms, error }));
    return !error;
  }

  /** Ends the process: 0 when something was checked and all of it passed, else 1. */
  exit() {
    process.exit(this.#passed > 0 && this.#failed === 0 ? 0 : 1);
  }
}

/** The URL that is the first argument, and the options, each a string with its default. */
export function arguments_(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: value }]),
  );
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 1) {
    console.error(`usage: ${process.argv[1]} URL`, ...Object.keys(defaults).map((n) => `[--${n} X]`));
    process.exit(2);
  }
  return { url: new URL(positionals[0]), ...values };
}
