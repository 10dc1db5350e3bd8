import { get } from "node:http";
import { connect } from "node:net";

/** What came of asking once: whether that is an answer as it should be, and in a few words what it was. */
export interface Answer {
  readonly good: boolean;
  readonly words: string;
}

/** Milliseconds for one question. */
const patience = 2000;

/** Good is what a load balancer takes for good: 200 to 399. Redirections are not followed. */
export function askHttp(host: string, port: number, path: string): Promise<Answer> {
  return new Promise((answer) => {
    const question = get({ host, port, path, agent: false, timeout: patience }, (response) => {
      const { statusCode = 0 } = response;
      response.destroy();
      answer({ good: statusCode >= 200 && statusCode < 400, words: `HTTP ${statusCode}` });
    });
    question.on("timeout", () => question.destroy(new Error("no answer")));
    question.on("error", (error) => answer({ good: false, words: wordsOf(error) }));
  });
}

/**
 * Whether somebody accepts a connection and keeps it: docker's own proxy accepts before it knows whether the
 * container listens, and then ends the connection at once.
 */
export function askTcp(host: string, port: number): Promise<Answer> {
  return new Promise((answer) => {
    const socket = connect({ host, port });
    const end = (good: boolean, words: string) => {
      socket.destroy();
      answer({ good, words });
    };
    socket.setTimeout(patience, () => end(false, "no answer"));
    socket.on("connect", () => setTimeout(end, settling, true, "a connection"));
    socket.on("data", () => end(true, "a connection"));
    socket.on("end", () => end(false, "connection closed at once"));
    socket.on("error", (error) => end(false, wordsOf(error)));
  });
}

/** Milliseconds in which docker's proxy has noticed that nobody listens behind it. */
const settling = 300;

function wordsOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}
