import { expect, it } from "vitest";
import { rehearsal } from "../support/release.ts";
import { contentOf, production, promote, wanting } from "./promotions.ts";
import { pushWithBelongings } from "./tree.ts";

/** ECR takes ten manifests and tags a second, so each death costs two seconds. */
const everyNth = 4;

/** Nothing is written any more, and nothing is answered by the API. */
const fromNowOn = {
  rules: [
    { method: "PUT", fault: "status", status: 418 },
    { method: "POST", fault: "status", status: 418 },
  ],
} as const;

it("is finished by the next run wherever it died, and had no tag too early", async () => {
  let effects = 0;
  let onEffect: (count: number) => void = () => {};
  await using local = await rehearsal({
    onEffect: () => {
      effects += 1;
      onEffect(effects);
    },
  });
  await pushWithBelongings(local, ["1.4.0", "sha-0123456789ab"]);
  effects = 0;
  const request = wanting();
  await promote(request);
  const clean = await contentOf(local.ecr, production);
  const count = effects;
  expect(count).toBeGreaterThan(15);
  for (let last = 1; last < count; last += everyNth) {
    const target = {
      account: `${production.account.slice(0, -2)}${String(last).padStart(2, "0")}`,
      region: "eu-west-1",
    };
    const again = wanting({ to: [{ target }] });
    effects = 0;
    onEffect = (done) => {
      if (done === last) local.ecr.setFaults(fromNowOn);
    };
    await promote(again).then(
      () => {},
      () => {},
    );
    onEffect = () => {};
    local.ecr.setFaults(undefined);
    const halfway = await contentOf(local.ecr, target).catch(() => ({}));
    const isTagged = Object.values(halfway).some((tags) => tags.length > 0);
    if (isTagged) expect(Object.keys(halfway).sort()).toEqual(Object.keys(clean).sort());
    await promote(again);
    expect(await contentOf(local.ecr, target)).toEqual(clean);
  }
}, 60_000);
