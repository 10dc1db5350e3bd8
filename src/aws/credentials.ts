import {
  fromIni,
  fromNodeProviderChain,
  fromTemporaryCredentials,
} from "@aws-sdk/credential-providers";
import { SlipwayError } from "../errors.ts";
import { foreignText } from "../wording.ts";
import type { RequestHandler } from "./request.ts";

/** Who to be, and where. The region alone means the SDK's default chain. */
export interface Principal {
  readonly region: string;
  readonly profile?: string;
  readonly role?: string;
  readonly externalId?: string;
  readonly sessionName?: string;
}

/** One key for everything that is asked once per principal and region. */
export function principalKey({
  region,
  profile,
  role,
  externalId,
  sessionName,
}: Principal): string {
  return JSON.stringify([region, profile, role, externalId, sessionName]);
}

/** A `credential_process` may ask its user for a second factor; one that asks nobody would be waited for until the job ends. */
const patienceMs = 3 * 60_000;

interface Waiting {
  readonly signal?: AbortSignal | undefined;
  readonly limitMs?: number;
}

/**
 * The profile when one is named, otherwise the SDK's own chain, and on top of it the role when one is named. The SDK hears no
 * signal while it looks for credentials, and has no limit for what it starts: `signal` and `limitMs` end the wait.
 */
export function credentialsOf(
  principal: Principal,
  requestHandler: RequestHandler,
  { signal, limitMs = patienceMs }: Waiting = {},
): Provider {
  const provide = providerOf(principal, requestHandler);
  return async (...args) => {
    const ending = Promise.withResolvers<never>();
    const stop = () => ending.reject(new SlipwayError("INTERRUPTED", "stopped"));
    const timer = setTimeout(() => ending.reject(tooLate(principal, limitMs)), limitMs);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    try {
      return await Promise.race([provide(...args), ending.promise]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  };
}

function tooLate({ profile }: Principal, limitMs: number): SlipwayError {
  const of = profile === undefined ? "" : ` of profile '${profile}'`;
  const sentence = `no AWS credentials${of} within ${limitMs / 1000} s: a credential_process that waits for somebody, perhaps`;
  const who = [
    "aws sts get-caller-identity",
    ...(profile === undefined ? [] : ["--profile", profile]),
  ];
  return new SlipwayError("CREDENTIALS_MISSING", sentence, { suggestions: [who.join(" ")] });
}

function providerOf(principal: Principal, requestHandler: RequestHandler): Provider {
  const { region, profile, role, externalId, sessionName } = principal;
  // Not the region: it would send single sign-on to where the registry is, instead of where its portal is.
  // Everything else takes it from the client that asks.
  const clientConfig = { requestHandler };
  const base =
    profile === undefined
      ? fromNodeProviderChain({ clientConfig })
      : sharing(ofProfile(profile, fromIni({ profile, clientConfig })));
  if (role === undefined) return base;
  return byOurClock(
    fromTemporaryCredentials({
      masterCredentials: base,
      params: {
        RoleArn: role,
        RoleSessionName: sessionName ?? "slipway",
        ...(externalId !== undefined && { ExternalId: externalId }),
      },
      clientConfig: { region, requestHandler },
    }),
  );
}

type Provider = ReturnType<typeof fromIni>;

/** What AssumeRole gives where nobody asks for more or less (STS API, `DurationSeconds`). */
const roleMs = 60 * 60_000;

/**
 * The SDK holds the end of an assumed role, which AWS says by its own clock, against ours: a clock that is an hour ahead has it
 * assumed for every question, and one that is behind keeps it when it is over.
 */
function byOurClock(provider: Provider): Provider {
  return async (...args) => {
    const asked = Date.now();
    const credentials = await provider(...args);
    return { ...credentials, expiration: new Date(asked + roleMs) };
  };
}

/**
 * Without the SDK's chain, which goes on where a profile gives nothing: to a web identity of the environment, or the role of
 * the machine, who are not who was asked for. The SDK has one error for a profile that is not there and for one that
 * gives nothing.
 */
function ofProfile(profile: string, provider: Provider): Provider {
  return async (...args) => {
    try {
      return await provider(...args);
    } catch (cause) {
      if (!(cause instanceof Error) || cause.name !== "CredentialsProviderError") throw cause;
      const why = foreignText(withoutCommand(cause.message));
      const sentence = `no profile '${profile}' that has usable AWS credentials: ${why}`;
      const again = /\bSSO\b/.test(why) ? "aws sso login" : "aws sts get-caller-identity";
      const suggestions = [`${again} --profile ${profile}`, "aws configure list-profiles"];
      throw new SlipwayError("CREDENTIALS_MISSING", sentence, { suggestions, cause });
    }
  };
}

/** A command line may hold a secret; what the program said of its failure stays. */
function withoutCommand(message: string): string {
  return message.replace(/^Command failed: [^\n]*\n?/, "its credential_process failed. ").trim();
}

/** A client asks again this long before credentials expire. */
const lastMs = 5 * 60_000;

/** All clients of a principal ask a profile once, as the SDK's chain does: its program may ask somebody for a second factor. */
function sharing(provider: Provider): Provider {
  let asked: ReturnType<Provider> | undefined;
  const ask: Provider = (...args) => {
    const asking = provider(...args);
    asked = asking;
    asking.catch(() => {
      if (asked === asking) asked = undefined;
    });
    return asking;
  };
  return async (...args) => {
    if (asked === undefined) return await ask(...args);
    const before = asked;
    const { expiration } = await before;
    const isGood = expiration === undefined || expiration.getTime() - Date.now() > lastMs;
    return await (isGood || asked !== before ? (asked ?? before) : ask(...args));
  };
}
