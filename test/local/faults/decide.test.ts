import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Counters,
  decide,
  isRead,
  noneSeen,
  type RequestFacts,
} from "../../../src/local/faults/decide.ts";
import type { FaultRule, FaultSet } from "../../../src/local/faults/rule.ts";

const get: RequestFacts = {
  plane: "registry",
  registry: "123456789012/us-east-1",
  operation: undefined,
  method: "GET",
  path: "/v2/team/app/manifests/1.0",
  credential: "a",
  at: 0,
};
const putImage: RequestFacts = {
  ...get,
  plane: "api",
  operation: "PutImage",
  method: "POST",
  path: "/",
};

/** For each request the place of the rule that hit it, counted from 1; 0 for none. */
function hits(set: FaultSet, requests: readonly RequestFacts[], isLagging = false): number[] {
  let counters: Counters = noneSeen;
  return requests.map((request) => {
    const decision = decide(set, request, counters, isLagging);
    counters = decision.counters;
    return decision.rule ? set.rules.indexOf(decision.rule) + 1 : 0;
  });
}

function times<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

describe("a rule", () => {
  test.each<[string, Partial<FaultRule>, boolean]>([
    ["of nothing in particular", {}, true],
    ["of its method", { method: "GET" }, true],
    ["of another method", { method: "PUT" }, false],
    ["of its path", { path: "/v2/team/app/manifests/1.0" }, true],
    ["of a path with a star", { path: "/v2/*/manifests/*" }, true],
    ["of a part of its path", { path: "/v2/team/app" }, false],
    ["of its plane", { plane: "registry" }, true],
    ["of another plane", { plane: "storage" }, false],
    ["of its registry", { registry: "123456789012/us-east-1" }, true],
    ["of another registry", { registry: "123456789012/eu-west-1" }, false],
    ["of an operation", { operation: "*" }, false],
    ["of its method and another path", { method: "GET", path: "/v2/other/*" }, false],
  ])("%s: %j hits a request: %s", (_, selection, expected) => {
    const rule = { ...selection, fault: "throttle" } as FaultRule;
    expect(hits({ rules: [rule] }, [get])).toEqual([Number(expected)]);
  });

  test("of an operation hits it, and no other", () => {
    const rules: FaultRule[] = [{ operation: "Put*", fault: "throttle" }];
    expect(hits({ rules }, [putImage, { ...putImage, operation: "GetLifecyclePolicy" }])).toEqual([
      1, 0,
    ]);
  });

  test("counts the requests that match it, and those alone", () => {
    const rules: FaultRule[] = [{ operation: "PutImage", nth: 2, fault: "lost" }];
    expect(hits({ rules }, [get, putImage, get, get, putImage, putImage])).toEqual([
      0, 0, 0, 0, 1, 0,
    ]);
  });

  test.each<[Partial<FaultRule>, number[]]>([
    [{ nth: [1, 3] }, [1, 0, 1, 0, 0]],
    [{ after: 2 }, [0, 0, 1, 1, 1]],
    [{ times: 2 }, [1, 1, 0, 0, 0]],
    [{ after: 1, times: 2 }, [0, 1, 1, 0, 0]],
    [{ probability: 0 }, [0, 0, 0, 0, 0]],
    [{ probability: 1 }, [1, 1, 1, 1, 1]],
  ])("with %j hits %j", (selection, expected) => {
    const rule = { ...selection, fault: "throttle" } as FaultRule;
    expect(hits({ rules: [rule] }, times(5, get))).toEqual(expected);
  });

  test("of a credential's age counts each credential for itself", () => {
    const rules: FaultRule[] = [{ calls: 2, fault: "expired-token" }];
    const other = { ...get, credential: "b" };
    const nobody = { ...get, credential: undefined };
    expect(hits({ rules }, [get, get, other, get, other, other, nobody, nobody, nobody])).toEqual([
      0, 0, 0, 1, 0, 1, 0, 0, 0,
    ]);
  });

  test("of a rate hits what comes faster, each registry for itself", () => {
    const rules: FaultRule[] = [{ perSecond: 10, burst: 2, fault: "throttle" }];
    const others = { ...get, registry: "123456789012/eu-west-1" };
    const arrivals = [0, 0, 0, 99, 100, 100, 1_000_000, 1_000_000, 1_000_000];
    const requests = arrivals.map((at) => ({ ...get, at }));
    expect(hits({ rules }, requests)).toEqual([0, 0, 1, 1, 0, 1, 0, 0, 1]);
    expect(hits({ rules }, [get, get, others, others, get, others])).toEqual([0, 0, 0, 0, 1, 1]);
  });

  test("of a rate lets pass no more than it says in any time, and refuses nobody for long", () => {
    const settings = fc.record({
      perSecond: fc.integer({ min: 1, max: 100 }),
      burst: fc.integer({ min: 1, max: 20 }),
      arrivals: fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 100 }),
    });
    fc.assert(
      fc.property(settings, ({ arrivals, ...rate }) => {
        const requests = arrivals.toSorted((a, b) => a - b).map((at) => ({ ...get, at }));
        const met = hits({ rules: [{ ...rate, fault: "throttle" }] }, requests);
        const passed = requests.flatMap(({ at }, place) => (met[place] === 0 ? [at] : []));
        const refused = requests.flatMap(({ at }, place) => (met[place] === 1 ? [at] : []));
        const excess = passed.flatMap((first, from) =>
          passed
            .slice(from)
            .map((last, more) => more + 1 - rate.burst - (rate.perSecond * (last - first)) / 1000),
        );
        expect(Math.max(0, ...excess)).toBeLessThan(1e-6);
        const waits = refused.map((at) => at - Math.max(...passed.filter((past) => past <= at)));
        expect(Math.max(0, ...waits)).toBeLessThanOrEqual(1000 / rate.perSecond + 1e-6);
      }),
    );
  });

  test("of lag hits reads alone, and only while something lags", () => {
    const rules: FaultRule[] = [{ reads: 2, fault: "lag" }];
    const put = { ...get, method: "PUT" };
    const describeImages = { ...putImage, operation: "DescribeImages" };
    const requests = [get, put, putImage, describeImages];
    expect(hits({ rules }, requests, true)).toEqual([1, 0, 0, 1]);
    expect(hits({ rules }, requests, false)).toEqual([0, 0, 0, 0]);
  });
});

describe("rules", () => {
  test("are asked in order, and each counts what another one hit", () => {
    const rules: FaultRule[] = [
      { nth: 2, fault: "lost" },
      { nth: [2, 3], fault: "throttle" },
    ];
    expect(hits({ rules }, times(4, get))).toEqual([0, 1, 2, 0]);
  });

  test("draw the same chances from the same seed, whatever other requests come between", () => {
    const rules: FaultRule[] = [{ method: "GET", probability: 0.5, fault: "throttle" }];
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.boolean(), { maxLength: 50 }), (seed, order) => {
        const requests = order.map((isGet) => (isGet ? get : putImage));
        const mixed = hits({ seed, rules }, requests).filter((_, at) => order[at]);
        expect(mixed).toEqual(hits({ seed, rules }, times(mixed.length, get)));
      }),
    );
  });

  test("draw others from another seed, and as many as the probability says", () => {
    const rules: FaultRule[] = [{ probability: 0.2, fault: "throttle" }];
    const drawn = [1, 2, 3].map((seed) => hits({ seed, rules }, times(5000, get)));
    for (const hit of drawn) {
      const share = hit.filter((rule) => rule === 1).length / hit.length;
      expect(share).toBeGreaterThan(0.17);
      expect(share).toBeLessThan(0.23);
    }
    expect(drawn[0]).not.toEqual(drawn[1]);
    expect(drawn[1]).not.toEqual(drawn[2]);
  });
});

test("who only asks is known by method and by operation", () => {
  const api = (operation: string) => isRead({ ...putImage, operation });
  expect(["BatchGetImage", "ListImages", "GetAuthorizationToken"].map(api)).toEqual([
    true,
    true,
    true,
  ]);
  expect(["PutImage", "BatchDeleteImage", "STS"].map(api)).toEqual([false, false, false]);
});
