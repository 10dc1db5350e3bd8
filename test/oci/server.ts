import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RegistryOptions } from "../../src/oci/asker.ts";
import { openRegistry, type Registry } from "../../src/oci/registry.ts";

export interface TestServer extends AsyncDisposable {
  readonly origin: string;
  /** `METHOD path` of every request, in order. */
  readonly asked: string[];
  /** What came in each Authorization header; `undefined` where there was none. */
  readonly authorizations: (string | undefined)[];
  /** Connections that were ever opened. */
  connections(): number;
  /** Connections that are open now. */
  open(): Promise<number>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, at: number) => void;

/** A registry that answers as a test wants it to, misbehaving or not. */
export async function serve(answer: Answer): Promise<TestServer> {
  const asked: string[] = [];
  const authorizations: (string | undefined)[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers.authorization);
    answer(request, response, asked.length);
  });
  server.on("connection", () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    authorizations,
    connections: () => connections,
    open: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Reads the whole request, then answers. */
export function afterBody(request: IncomingMessage, respond: () => void): void {
  request.resume();
  request.on("end", respond);
}

const held = { username: "AWS", password: "secret" };

/** A client of the repository `app` there, which has these credentials and no others. */
export function clientOf(
  { origin }: Pick<TestServer, "origin">,
  options: Partial<RegistryOptions> = {},
): Registry {
  return openRegistry({ origin, repository: "app", credentials: async () => held, ...options });
}
