// What the Node.js peers share: stdout kept for the READY line, and the end that comes with stdin.

/** Sends what libraries print to stderr, so that stdout holds the READY line alone. */
export function quietStdout() {
  console.log = console.error;
  console.info = console.error;
}

/** Prints `READY <port>`, and ends the process when stdin closes. */
export function ready(port) {
  process.stdout.write(`READY ${port}\n`);
  process.stdin.resume();
  process.stdin.on("end", () => process.exit(0));
  process.stdin.on("error", () => process.exit(0));
}

/** The port named by the first argument; 0, the default, lets the system choose. */
export const wantedPort = Number(process.argv[2] ?? 0);
