/** What an image and the targets that it is linked to are called in a bake definition. */
export interface BakeNames {
  readonly own: string;
  readonly linked: Readonly<Record<string, string>>;
}

interface Named {
  readonly image: string;
  readonly spec: { readonly linked?: Readonly<Record<string, unknown>> };
}

/** A step by the name that it has within its own image, and which of the images that is. */
export interface OwnStep {
  readonly image: number;
  /** The target of the definition that tells of it. */
  readonly target: string;
  readonly name: string;
}

/** Names that bake takes, no two of them equal, and close to those that people know. */
export function bakeNames(images: readonly Named[]): readonly BakeNames[] {
  const taken = new Set<string>();
  const free = (wanted: string) => {
    const plain = wanted.replaceAll(/[^a-zA-Z0-9_-]/g, "-");
    let name = plain;
    for (let count = 2; taken.has(name); count += 1) name = `${plain}-${count}`;
    taken.add(name);
    return name;
  };
  return images.map(({ image, spec }) => ({
    own: free(image),
    linked: Object.fromEntries(
      Object.keys(spec.linked ?? {}).map((name) => [name, free(`${image}_${name}`)]),
    ),
  }));
}

/**
 * Whose a step is, by the target that buildx puts in front of its name: `[shop-api build 2/4] RUN make` is
 * `[build 2/4] RUN make` of `shop/api`. What belongs to no target is told with the first image.
 */
export function stepOwner(names: readonly BakeNames[]): (name: string) => OwnStep {
  const owners = new Map<string, { readonly image: number; readonly shown: string }>();
  for (const [image, { own, linked }] of names.entries()) {
    owners.set(own, { image, shown: "" });
    for (const [shown, name] of Object.entries(linked)) owners.set(name, { image, shown });
  }
  return (name) => {
    const [, target = "", rest = "", step = ""] =
      /^\[([\w-]+)(?: ([^\]]*))?\] (.*)$/s.exec(name) ?? [];
    const owner = owners.get(target);
    if (owner === undefined) return { image: 0, target: "", name };
    const within = [owner.shown, rest].filter((part) => part !== "").join(" ");
    return { image: owner.image, target, name: within === "" ? step : `[${within}] ${step}` };
  };
}

/** Which image a target of the definition belongs to. */
export function imageOfTarget(names: readonly BakeNames[], target: string): number | undefined {
  const at = names.findIndex(
    ({ own, linked }) => own === target || Object.values(linked).includes(target),
  );
  return at < 0 ? undefined : at;
}
