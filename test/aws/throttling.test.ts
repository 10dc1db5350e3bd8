import { expect, test } from "vitest";
import { patiently } from "../../src/aws/throttling.ts";

function named(name: string): Error {
  return Object.assign(new Error("Rate exceeded"), { name });
}

test("sends again for as long as it is only too fast", async () => {
  let sent = 0;
  const answer = await patiently(async () => {
    sent += 1;
    if (sent === 1) throw named("ThrottlingException");
    if (sent === 2) throw named("TooManyRequestsException");
    return "there";
  }, {});
  expect([answer, sent]).toEqual(["there", 3]);
});

test("throws every other error at once", async () => {
  let sent = 0;
  const denied = named("AccessDeniedException");
  const send = () => {
    sent += 1;
    return Promise.reject(denied);
  };
  await expect(patiently(send, {})).rejects.toBe(denied);
  expect(sent).toBe(1);
});

test("stops waiting when it is interrupted", async () => {
  const stop = new AbortController();
  const waiting = patiently(() => Promise.reject(named("Throttling")), stop);
  setTimeout(() => stop.abort(), 20);
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
});

test("tells each wait, and what it waits for", async () => {
  const waits: [string, number][] = [];
  let sent = 0;
  const send = async () => {
    sent += 1;
    if (sent < 3) throw named("SlowDown");
  };
  await patiently(send, { onWait: (why, ms) => waits.push([why, ms]) });
  expect(waits.map(([why]) => why)).toEqual(Array(2).fill("AWS says that the rate is exceeded"));
  expect(waits.every(([, ms]) => ms >= 100 && ms <= 400)).toBe(true);
});
