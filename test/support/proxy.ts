import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export interface ForwardProxy extends AsyncDisposable {
  readonly url: string;
  /** `CONNECT host:port`, or the method and the whole address of what was asked for in plain text. */
  readonly asked: string[];
  /** Bodies of plain requests, in the order of `asked`. */
  readonly bodies: string[];
}

interface ProxyOptions {
  /** What is answered to CONNECT instead of a tunnel; `silent` answers nothing. */
  readonly refuse?: number | "silent";
}

/** A forward proxy as they stand in companies: tunnels for https, whole addresses for http. */
export async function openProxy({ refuse }: ProxyOptions = {}): Promise<ForwardProxy> {
  const asked: string[] = [];
  const bodies: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(async (incoming, outgoing) => {
    const at = asked.push(`${incoming.method} ${incoming.url}`) - 1;
    const body = await whole(incoming);
    bodies[at] = body.toString("utf8");
    const { method, headers } = incoming;
    const onward = httpRequest(incoming.url ?? "", { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => outgoing.writeHead(502).end());
    onward.end(body);
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", ({ url = "" }: IncomingMessage, client: Socket) => {
    asked.push(`CONNECT ${url}`);
    client.on("error", () => {});
    if (refuse === "silent") return;
    if (refuse !== undefined) {
      client.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
      return;
    }
    const [host, port] = url.split(":");
    const onward = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(client).pipe(onward);
    });
    sockets.add(onward);
    onward.on("error", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    bodies,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
