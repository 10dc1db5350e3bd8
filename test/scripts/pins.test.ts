import { expect, test } from "vitest";
import {
  busyboxPins,
  dockerPins,
  emulatorPins,
  helperPins,
  packageOf,
} from "../../scripts/debian/pins.ts";

test("name, version and architecture of a package stand in its path", () => {
  const path = "pool/main/d/docker.io/docker.io_28.5.2+dfsg4-5_amd64.deb";
  expect(packageOf({ suite: "forky", path, sha256: "" })).toEqual({
    name: "docker.io",
    version: "28.5.2+dfsg4-5",
    architecture: "amd64",
  });
});

test.each([...dockerPins, ...helperPins, ...emulatorPins, ...busyboxPins])(
  "$path is pinned by version and checksum",
  (pin) => {
    expect(pin.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(pin.path).toMatch(/^pool\/main\/\S+_(amd64|arm64)\.deb$/);
    expect(packageOf(pin).version).not.toBe("");
  },
);
