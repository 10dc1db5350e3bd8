import { SlipwayError } from "../../errors.ts";
import { type Handler, type HttpAnswer, type HttpRequest, readBody } from "../http.ts";
import type { RequestLogEntry } from "../reports.ts";
import type { State } from "../state.ts";
import { securityPolicy } from "./frame.ts";
import { indexPage, missingPage, repositoryPage } from "./page.ts";
import { statusOfState } from "./status.ts";

/** What people, and `slipway local …`, see of the server itself, at the API's address. */
export interface Console {
  readonly state: State;
  /** Does what was due until now. */
  readonly catchUp: () => void;
  /** Milliseconds that the clock was moved ahead. */
  readonly ahead: () => number;
  /** Throws SlipwayError for what a clock cannot do. */
  readonly advance: (milliseconds: number) => void;
  /** The last ones first. */
  readonly requests: () => readonly RequestLogEntry[];
}

/** Answers what is of the console, and `undefined` to what is of the API. */
async function answerConsole(
  console: Console,
  request: HttpRequest,
): Promise<HttpAnswer | undefined> {
  const { state } = console;
  console.catchUp();
  switch (`${request.method} ${request.path}`) {
    case "GET /":
    case "GET /local/page":
      return html(indexPage(statusOfState(state, console.ahead()), console.requests()));
    case "GET /local/repository":
      return repositoryAnswer(state, request.query);
    case "GET /local/status":
      return json(200, statusOfState(state, console.ahead()));
    case "GET /local/requests":
      return json(200, console.requests().map(withoutError));
    case "POST /local/clock":
      return await moveClock(console, request);
    default:
      return undefined;
  }
}

function repositoryAnswer(state: State, query: URLSearchParams): HttpAnswer {
  const registry = state.registries.get(query.get("registry") ?? "");
  const repository = registry?.repositories.get(query.get("name") ?? "");
  if (!registry || !repository) return html(missingPage(query), 404);
  return html(repositoryPage(registry, repository, state.now()));
}

/** JSON alone is taken: a page of another origin cannot send it here without being asked. */
async function moveClock(console: Console, request: HttpRequest): Promise<HttpAnswer> {
  const isJson = request.header("content-type") === "application/json";
  const body = isJson ? await readBody(request.body, 1000) : undefined;
  const milliseconds = body && readAdvance(body);
  if (milliseconds === undefined) {
    return json(400, { message: 'expected JSON such as {"advanceMs": 86400000}' });
  }
  try {
    console.advance(milliseconds);
  } catch (error) {
    if (error instanceof SlipwayError) return json(400, { message: error.message });
    throw error;
  }
  return json(200, { now: new Date(console.state.now()).toISOString(), ahead: console.ahead() });
}

function readAdvance(body: Buffer): number | undefined {
  try {
    const { advanceMs } = JSON.parse(body.toString("utf8"));
    return typeof advanceMs === "number" && advanceMs >= 0 ? advanceMs : undefined;
  } catch {
    return undefined;
  }
}

function withoutError({ error: _, ...entry }: RequestLogEntry): object {
  return entry;
}

function json(status: number, value: object): HttpAnswer {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return { status, headers, body: JSON.stringify(value) };
}

function html(body: string, status = 200): HttpAnswer {
  const headers = {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": securityPolicy,
    "x-content-type-options": "nosniff",
  };
  return { status, headers, body };
}

/** The console first, then the API. */
export function withConsole(console: Console, api: Handler): Handler {
  return async (request) => (await answerConsole(console, request)) ?? (await api(request));
}
