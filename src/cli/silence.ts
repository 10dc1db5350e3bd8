import { formatDuration } from "./units.ts";

const noticedAfterMs = 1000;

/** How long a region of AWS has been silent while questions to it are open, as lines for a screen. */
export function watchSilence(now: () => number) {
  const open = new Map<string, { readonly questions: number; readonly since: number }>();
  return {
    asked({ target }: { readonly target: string }): void {
      const { questions, since } = open.get(target) ?? { questions: 0, since: now() };
      open.set(target, { questions: questions + 1, since });
    },
    answered({ target }: { readonly target: string }): void {
      const { questions = 0 } = open.get(target) ?? {};
      if (questions > 1) open.set(target, { questions: questions - 1, since: now() });
      else open.delete(target);
    },
    lines(): string[] {
      return [...open].flatMap(([target, { since }]) => {
        const silent = now() - since;
        if (silent < noticedAfterMs) return [];
        return [`  ${target}  AWS has not answered for ${formatDuration(silent)}`];
      });
    },
  };
}
