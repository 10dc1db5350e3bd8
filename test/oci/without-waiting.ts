import { afterEach, beforeEach, vi } from "vitest";

/** In every test of a file one try follows the other at once: how long a wait is, is a matter of chance. */
export function tryWithoutWaiting(): void {
  beforeEach(() => {
    vi.spyOn(Math, "random").mockReturnValue(0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}
