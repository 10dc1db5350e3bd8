import { lastOf } from "../build.ts";
import type { Hit, Judged } from "../rule.ts";

/**
 * BuildKit's own rule, under its own name, so that it holds where there is no docker as well: a shell is the
 * first process and passes no signal on. A SHELL of one's own is a choice.
 * https://docs.docker.com/reference/build-checks/json-args-recommended/
 */
export function shellForm(judged: Judged): readonly Hit[] {
  if (lastOf(judged, "SHELL") !== undefined) return [];
  return ["ENTRYPOINT", "CMD"].flatMap((keyword) => {
    const found = lastOf(judged, keyword);
    if (found === undefined || found.isJson || found.words.length === 0) return [];
    // `exec` hands the process over: the shell is gone before the first signal.
    if (found.words[0] === "exec") return [];
    const list = found.words.map((word) => JSON.stringify(word)).join(", ");
    const isPlain = !/[$&|;<>"'`\\(]/.test(found.words.join(" "));
    return [
      {
        line: found.line,
        message: `${keyword} is in shell form: the process gets no SIGTERM`,
        repair: isPlain ? `${keyword} [${list}]` : `${keyword} ["sh", "-c", "exec …"]`,
      },
    ];
  });
}
