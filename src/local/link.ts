import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Handler, HttpAnswer, HttpRequest } from "./http.ts";
import type { LinkLimits } from "./options.ts";

export interface Link {
  readonly latencyMs: number;
  readonly up: Pace | undefined;
  readonly down: Pace | undefined;
}

/** One direction of a link. `pass` resolves when so many bytes have gone through. */
export interface Pace {
  /** Bytes that go in one piece: few enough that connections take turns. */
  readonly piece: number;
  pass(bytes: number): Promise<void>;
}

/** A direction that was idle, or a machine that was busy, makes up for this much and no more. */
const burstMilliseconds = 20;
const pieceMilliseconds = 5;

/** A link whose requests wait, and whose bytes flow, as the limits say; each direction has its own rate. */
export function openLink({ bytesPerSecond, latencyMs = 0 }: LinkLimits): Link {
  const pace = () => (bytesPerSecond === undefined ? undefined : openPace(bytesPerSecond));
  return { latencyMs, up: pace(), down: pace() };
}

/** A token bucket, kept as the moment at which all bytes that were let in will be through. */
export function openPace(
  bytesPerSecond: number,
  now: () => number = () => performance.now(),
  wait: (milliseconds: number) => Promise<void> = unheldSleep,
): Pace {
  let free = Number.NEGATIVE_INFINITY;
  const piece = Math.round((bytesPerSecond * pieceMilliseconds) / 1000);
  return {
    piece: Math.min(Math.max(piece, 1024), 256 * 1024),
    async pass(bytes) {
      const time = now();
      free = Math.max(free, time - burstMilliseconds) + (bytes / bytesPerSecond) * 1000;
      // Timers count whole milliseconds; what is less goes on the account of the next piece.
      if (free - time >= 1) await wait(free - time);
    },
  };
}

/** A process may end while a slow link still has something to say. */
async function unheldSleep(milliseconds: number): Promise<void> {
  await sleep(Math.ceil(milliseconds), undefined, { ref: false });
}

/** The handler behind a link: everything that it reads and answers takes its time. */
export function throttled(
  handler: Handler,
  linkOf: (request: HttpRequest) => Link | undefined,
): Handler {
  return async (request) => {
    const link = linkOf(request);
    if (!link) return await handler(request);
    if (link.latencyMs > 0) await unheldSleep(link.latencyMs);
    const { up, down } = link;
    const answer = await handler(up ? { ...request, body: slowed(request.body, up) } : request);
    return down && request.method !== "HEAD" ? await slowAnswer(answer, down) : answer;
  };
}

async function slowAnswer(answer: HttpAnswer, pace: Pace): Promise<HttpAnswer> {
  const { body } = answer;
  if (body === undefined) return answer;
  if (typeof body === "object" && "open" in body) {
    return { ...answer, body: { ...body, open: () => piecesOf(body.open(), pace) } };
  }
  const bytes = Buffer.from(body);
  if (bytes.length > pace.piece) {
    const open = () => piecesOf(Readable.from([bytes], { objectMode: false }), pace);
    return { ...answer, body: { length: bytes.length, open } };
  }
  await pace.pass(bytes.length);
  return answer;
}

function slowed(source: Readable, pace: Pace): Readable {
  return Readable.from(piecesOf(source, pace), { objectMode: false });
}

async function* piecesOf(
  source: AsyncIterable<Buffer>,
  { piece, pass }: Pace,
): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    for (let from = 0; from < chunk.length; from += piece) {
      const part = chunk.subarray(from, from + piece);
      await pass(part.length);
      yield part;
    }
  }
}

/** The link of each registry, by its key `ACCOUNT/REGION`; `undefined` for one that is not limited. */
export function openLinks({
  link,
  links = {},
}: {
  readonly link?: LinkLimits | undefined;
  readonly links?: Readonly<Record<string, LinkLimits>> | undefined;
}): ((registry: string) => Link | undefined) | undefined {
  if (!isLimited(link) && !Object.values(links).some(isLimited)) return undefined;
  const open = new Map<string, Link>();
  return (registry) => {
    const known = open.get(registry);
    const limits = Object.hasOwn(links, registry) ? links[registry] : link;
    if (known || !isLimited(limits)) return known;
    const opened = openLink(limits);
    open.set(registry, opened);
    return opened;
  };
}

function isLimited(limits: LinkLimits | undefined): limits is LinkLimits {
  return limits?.bytesPerSecond !== undefined || (limits?.latencyMs ?? 0) > 0;
}
