import { afterEach, describe, expect, it, vi } from "vitest";
import { translate } from "../../src/aws/errors.ts";

const question = { action: "ecr:GetAuthorizationToken", about: "the registry" };

/** As the SDK throws it: the exception's name, and the answer that it came in. */
function refused(name: string, date: string): Error {
  const error = Object.assign(new Error("Signature expired"), { $response: { headers: { date } } });
  error.name = name;
  return error;
}

describe("a clock that is off", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([
    ["2026-11-21T12:30:00Z", "30 minutes ahead of AWS's"],
    ["2026-11-21T11:50:00Z", "10 minutes behind AWS's"],
  ])("is told as one, and not as missing credentials: %s", (now, said) => {
    vi.useFakeTimers({ now: new Date(now) });
    const error = refused("InvalidSignatureException", "Sat, 21 Nov 2026 12:00:00 GMT");
    const { message, suggestions } = translate(error, question);
    expect(message).toContain(said);
    expect(suggestions).toEqual(["set the clock: timedatectl set-ntp true"]);
  });

  it.each([
    ["InvalidSignatureException", "Sat, 21 Nov 2026 12:00:00 GMT"],
    ["UnrecognizedClientException", "Sat, 21 Nov 2026 18:00:00 GMT"],
    ["SignatureDoesNotMatch", "no date"],
  ])("is not suspected where keys are wrong: %s at %s", (name, date) => {
    vi.useFakeTimers({ now: new Date("2026-11-21T12:01:00Z") });
    const { code, message } = translate(refused(name, date), question);
    expect(code).toBe("CREDENTIALS_MISSING");
    expect(message).toContain("no usable AWS credentials");
  });
});
