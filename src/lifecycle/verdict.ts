export type Departure = "expires" | "archived";

/** What becomes of one image, and why. `rule` is a rule's priority; times are milliseconds since 1970. */
export type Verdict = { readonly digest: string } & (
  | ({ readonly fate: "kept"; readonly because: "no-rule" } & Stay)
  | ({ readonly fate: "kept"; readonly because: "rule"; readonly rule: number } & Stay)
  | {
      readonly fate: Departure;
      readonly because: "rule";
      readonly rule: number;
      /** Since when the rule's condition holds. */
      readonly since: number;
    }
  | {
      readonly fate: Departure;
      readonly because: "subject";
      readonly subject: string;
      readonly since: number;
    }
  | {
      readonly fate: "blocked";
      readonly would: Departure;
      readonly rule: number;
      readonly since: number;
      /** The indexes that list the image and must go first. */
      readonly indexes: readonly string[];
    }
);

interface Stay {
  /** The moment after which it goes or is blocked, where only time must pass. */
  readonly until?: number;
  /** The subject with which it goes then. */
  readonly with?: string;
}

/** Whether the image leaves its storage class now. */
export function isDeparture(
  verdict: Verdict,
): verdict is Extract<Verdict, { readonly fate: Departure }> {
  return verdict.fate === "expires" || verdict.fate === "archived";
}
