// How the MCP peers listen. `--guard`, after the port, refuses requests of other hosts and origins
// than this machine's; without it that is the business of what stands before them.
import { createServer } from "node:http";

import { localhostHostValidation, localhostOriginValidation } from "@modelcontextprotocol/node";

import { quietStdout, ready, wantedPort } from "../lib.mjs";

const guards = process.argv.includes("--guard")
  ? [localhostHostValidation(), localhostOriginValidation()]
  : [];

/** Serves /mcp on loopback: `handle` gets request and response, and may fail. */
export function serve(handle) {
  quietStdout();
  const server = createServer(async (request, response) => {
    try {
      if (!guards.every((guard) => guard(request, response))) return;
      if (request.url.split("?")[0] === "/mcp") await handle(request, response);
      else response.writeHead(404).end();
    } catch (error) {
      console.error(error);
      response.destroy();
    }
  });
  server.listen(wantedPort, "127.0.0.1", () => ready(server.address().port));
}
