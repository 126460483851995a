// The official example MCP server (revisions up to 2025-11-25), Streamable HTTP at /mcp;
// with `--sse` after the port, the transport of 2024-11-05 at /sse.
import net from "node:net";

import { quietStdout, ready, wantedPort } from "./lib.mjs";

quietStdout();
process.env.PORT = String(wantedPort);

// The server binds every interface and tells no one its port: bind loopback, and listen in.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  this.once("listening", () => ready(this.address().port));
  return listen.call(this, Number(port), "127.0.0.1", ...rest);
};

const transport = process.argv.includes("--sse") ? "sse" : "streamableHttp";
await import(`@modelcontextprotocol/server-everything/dist/transports/${transport}.js`);
