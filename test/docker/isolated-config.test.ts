import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isolateConfig, withAuths } from "../../src/docker/isolated-config.ts";

const ours = { host: "1.dkr.ecr.eu-west-1.amazonaws.com", username: "AWS", password: "pass" };
const auth = Buffer.from("AWS:pass").toString("base64");

let top: string;
let own: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "slipway-isolated-"));
  own = join(top, "docker");
  mkdirSync(join(top, "tmp"));
  vi.stubEnv("TMPDIR", join(top, "tmp"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(top, { recursive: true });
});

const left = () => readdirSync(join(top, "tmp"));

describe("a configuration for one process", () => {
  test("is the user's own with ours on top, and gone afterwards", async () => {
    mkdirSync(join(own, "cli-plugins"), { recursive: true });
    mkdirSync(join(own, "contexts", "meta"), { recursive: true });
    mkdirSync(join(own, "buildx", "instances"), { recursive: true });
    writeFileSync(join(own, "cli-plugins", "docker-buildx"), "plugin");
    writeFileSync(join(own, "ca.pem"), "certificate");
    const config = {
      auths: { "other.example.com": { auth: "eDp5" }, [ours.host]: { auth: "c3RhbGU=" } },
      currentContext: "remote",
      proxies: { default: { httpsProxy: "http://proxy" } },
    };
    const text = JSON.stringify(config);
    writeFileSync(join(own, "config.json"), text);
    {
      await using made = await isolateConfig([ours], { DOCKER_CONFIG: own });
      const { DOCKER_CONFIG, BUILDX_CONFIG } = made.env;
      expect(statSync(DOCKER_CONFIG).mode & 0o777).toBe(0o700);
      expect(statSync(join(DOCKER_CONFIG, "config.json")).mode & 0o777).toBe(0o600);
      expect(JSON.parse(readFileSync(join(DOCKER_CONFIG, "config.json"), "utf8"))).toEqual({
        ...config,
        auths: { "other.example.com": { auth: "eDp5" }, [ours.host]: { auth } },
      });
      expect(BUILDX_CONFIG).toBe(join(own, "buildx"));
      for (const name of ["cli-plugins", "contexts", "buildx", "ca.pem"]) {
        expect(realpathSync(join(DOCKER_CONFIG, name))).toBe(realpathSync(join(own, name)));
      }
    }
    expect(left()).toEqual([]);
    expect(readFileSync(join(own, "config.json"), "utf8")).toBe(text);
    expect(readFileSync(join(own, "cli-plugins", "docker-buildx"), "utf8")).toBe("plugin");
  });

  test("needs none of the user's, and knows where it would be", async () => {
    await using made = await isolateConfig([ours], { HOME: top, BUILDX_CONFIG: "/builders" });
    expect(readdirSync(made.env.DOCKER_CONFIG)).toEqual(["config.json"]);
    expect(made.env.BUILDX_CONFIG).toBe("/builders");
    await using other = await isolateConfig([ours], { HOME: top });
    expect(other.env.BUILDX_CONFIG).toBe(join(top, ".docker", "buildx"));
  });

  test.each([
    [{}, undefined],
    [{ credsStore: "desktop" }, { [ours.host]: "" }],
    [
      { credHelpers: { [ours.host]: "ecr-login", "gcr.io": "gcloud" } },
      { [ours.host]: "", "gcr.io": "gcloud" },
    ],
  ])("asks no helper for our host: %j", (config, credHelpers) => {
    const made = withAuths(config, [ours]);
    expect(made.credHelpers).toEqual(credHelpers);
    expect(made).toMatchObject({ ...config, ...(credHelpers && { credHelpers }) });
  });

  test.each(["not json", "[]", '{"auths":3}'])("passes over a broken file: %s", async (text) => {
    mkdirSync(own);
    writeFileSync(join(own, "config.json"), text);
    await using made = await isolateConfig([ours], { DOCKER_CONFIG: own });
    const written = JSON.parse(readFileSync(join(made.env.DOCKER_CONFIG, "config.json"), "utf8"));
    expect(written).toEqual({ auths: { [ours.host]: { auth } } });
  });
});
