import type { RequestLogEntry } from "./reports.ts";

/** One line of a request log: time, what was asked, status, bytes in and out, how long it took. Nothing secret. */
export function requestLine(entry: RequestLogEntry): string {
  const { at, operation, method, path, status, bytesIn, bytesOut, milliseconds, error } = entry;
  const asked = operation ?? `${method} ${printable(path)}`;
  const line = `${at} ${status} ${asked} in ${bytesIn} out ${bytesOut} ${milliseconds.toFixed(1)}ms`;
  return error === undefined ? line : `${line} ${printable(String(error))}`;
}

/** One line stays one line, and no terminal is told what to do. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => encodeURIComponent(character));
}
