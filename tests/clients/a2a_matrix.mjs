// The Node.js SDK takes the steps of the matrix. See a2a_matrix_lib.py.
// --sdk v1|v03 (1.3.0, 0.3.14) --url BASE --binding jsonrpc|rest|grpc [--direct-token TOKEN]
// [--header NAME=VALUE]... [--only STEP,...]
import { parseArgs } from "node:util";
import { run } from "./a2a_matrix_lib.mjs";

const string = { type: "string" };
const { values: args } = parseArgs({
  options: {
    sdk: string,
    url: string,
    binding: string,
    "direct-token": string,
    header: { ...string, multiple: true, default: [] },
    only: { ...string, default: "" },
  },
});
// Stdout is for the outcome alone.
console.log = console.error;

args.headers = Object.fromEntries(args.header.map((header) => header.split(/=(.*)/s, 2)));
if (args["direct-token"]) args.headers["x-matrix-gate"] = args["direct-token"];
args.transport = { jsonrpc: "JSONRPC", rest: "HTTP+JSON", grpc: "GRPC" }[args.binding];

const { Sdk } = await import(`./a2a_matrix_${args.sdk}.mjs`);
const told = await run(new Sdk(args), args);
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(told.error ? 1 : 0));
