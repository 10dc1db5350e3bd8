import { isIP } from "node:net";
import type { Handler } from "./http.ts";

/** Names that nobody can register, and so lead nobody's browser here (RFC 6761, 6762, 8375; ICANN's `internal`). */
const reserved = /^[^.]*$|\.(?:localhost|test|local|internal|home\.arpa)\.?$/i;

/**
 * Answers only who calls this machine by an address or by a name of its own. A web page can let its own name lead to
 * 127.0.0.1 (DNS rebinding), and would then read images and move the clock: to the browser it asks its own server.
 */
export function onlyOwnNames(handler: Handler): Handler {
  return (request) => {
    const name = nameOf(request.header("host") ?? "");
    if (isIP(name) !== 0 || reserved.test(name)) return handler(request);
    const body = `this is a local ECR, and not '${name}': call it 127.0.0.1 or localhost\n`;
    return { status: 421, headers: { "content-type": "text/plain; charset=utf-8" }, body };
  };
}

function nameOf(host: string): string {
  return host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
