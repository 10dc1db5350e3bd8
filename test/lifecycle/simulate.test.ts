import { describe, expect, test } from "vitest";
import { cadenceOf, measureCadence, pushesBetween } from "../../src/lifecycle/cadence.ts";
import { simulate } from "../../src/lifecycle/simulate.ts";
import { day, image, now, policy } from "./repository.ts";

const nothing = { period: day, pushes: [], floating: new Set<string>() };

describe("measureCadence", () => {
  test("repeats the pushes of the last weeks with their relations, the floating tags moving on", () => {
    const images = [
      image("index", 1, { tags: ["v1.0.1", "latest"], children: ["child"] }),
      image("child", 1),
      image("signature", 0.5, { tags: ["s"], subject: "index" }),
      image("old", 60, { tags: ["v0.1.0"] }),
    ];
    const cadence = measureCadence(images, now);
    expect(cadence.period).toBe(28 * day);
    const again = pushesBetween(cadence, now, { from: 0, to: 28 * day });
    expect(again.map(({ digest, pushedAt }) => [digest, (pushedAt - now) / day])).toEqual([
      ["index+1", 27],
      ["child+1", 27],
      ["signature+1", 27.5],
    ]);
    expect(again[0]).toMatchObject({ children: ["child+1"], tags: ["v1.0.1", "latest"] });
    expect(again[2]).toMatchObject({ subject: "index+1" });
    const played = simulate(policy([["latest"], "pushed", 1]), images, cadence, { now, days: 29 });
    const leaving = played.days.flatMap(({ day: at, departures }) =>
      departures.map(({ digest }) => `${at} ${digest}`),
    );
    // The day-old image loses latest to the one of day 27 and so is claimed no more.
    expect(leaving).toEqual(["1 index", "1 signature", "29 index+1", "29 signature+1"]);
  });

  test("meets every push exactly once, whatever the days", () => {
    const images = [0.1, 0.9, 2.5, 3].map((age) => image(`i${age}`, age));
    const cadence = measureCadence(images, now);
    const byDay = Array.from({ length: 30 }, (_, at) =>
      pushesBetween(cadence, now, { from: at * day, to: (at + 1) * day }),
    ).flat();
    const whole = pushesBetween(cadence, now, { from: 0, to: 30 * day });
    expect(new Set(byDay.map(({ digest }) => digest)).size).toBe(byDay.length);
    expect(byDay).toHaveLength(whole.length);
  });
});

describe("simulate", () => {
  test("takes on each day exactly what the evaluation dates", () => {
    const images = [1, 2, 3, 4].map((age) => image(`i${age}`, age));
    const { days } = simulate(policy(["any", "pushed", 5]), images, nothing, { now, days: 6 });
    const leaving = days.flatMap(({ day: at, departures }) =>
      departures.map(({ digest }) => [at, digest]),
    );
    // An age must be exceeded: what is due at the moment of the run goes a day later.
    expect(leaving).toEqual([
      [2, "i4"],
      [3, "i3"],
      [4, "i2"],
      [5, "i1"],
    ]);
    expect(days.at(-1)).toMatchObject({ active: { images: 0, bytes: 0 } });
  });

  test("frees the children of an index a run after it", () => {
    const images = [image("index", 9, { tags: ["dev"], children: ["child"] }), image("child", 9)];
    const { days } = simulate(policy(["any", "pushed", 5]), images, nothing, { now, days: 2 });
    expect(days.map(({ departures }) => departures.map(({ digest }) => digest))).toEqual([
      ["index"],
      ["child"],
      [],
    ]);
  });

  test("keeps archived images apart until they expire", () => {
    const images = [image("A", 9, { size: 7 })];
    const rules = policy(["any", "pushed", 5, "archive"], ["any", "transitioned", 90]);
    const { days } = simulate(rules, images, nothing, { now, days: 92 });
    expect(days[0]).toMatchObject({ active: { images: 0 }, archived: { images: 1, bytes: 7 } });
    expect(days[90]?.departures).toEqual([]);
    expect(days[91]?.departures).toMatchObject([
      { digest: "A", fate: "expires", rule: 2, isThereToday: true },
    ]);
  });

  test("is at rest when nothing is pushed and nothing waits for its time", () => {
    const images = [image("A", 1, { tags: ["main-1"] }), image("B", 5, { tags: ["v1.0.0"] })];
    const cadence = cadenceOf([]);
    const play = (days: number) =>
      simulate(policy([["main-*"], "pushed", 14]), images, cadence, { now, days }).trend;
    expect(play(20)).toEqual({ kind: "steady", fromDay: 14, images: 1, bytes: 1 });
    expect(play(10).kind).toBe("moving");
  });

  test("finds the steady state it runs into, or the growth", () => {
    const cadence = cadenceOf([{ tag: "main-", perDay: 2, size: 10 }]);
    const steady = simulate(policy([["main-*"], "count", 30]), [], cadence, { now, days: 90 });
    expect(steady.trend).toEqual({ kind: "steady", fromDay: 15, images: 30, bytes: 300 });
    const growing = simulate(policy([["v*"], "count", 30]), [], cadence, { now, days: 90 });
    expect(growing.trend).toEqual({ kind: "moving", imagesPerDay: 2, bytesPerDay: 20 });
    expect(growing.days[90]?.active.images).toBe(180);
  });
});
