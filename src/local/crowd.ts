import { throttleAnswer } from "./faults/answers.ts";
import type { Handler } from "./http.ts";
import type { Plane } from "./plane.ts";

/** Uploads hold a megabyte or two of memory each: enough at once for hundreds of clients, and no more. */
const mostAtWork = 256;

/** The handler for so many requests at once; one too many is answered as a quota answers it, and left alone. */
export function bounded(handler: Handler, plane: Plane): Handler {
  let atWork = 0;
  const leave = () => {
    atWork -= 1;
  };
  return async (request) => {
    if (atWork >= mostAtWork) return throttleAnswer(plane);
    atWork += 1;
    try {
      return { ...(await handler(request)), sent: leave };
    } catch (error) {
      leave();
      throw error;
    }
  };
}
