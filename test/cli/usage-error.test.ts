import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import VerifyCommand from "../../commands/verify.ts";
import { runCommand } from "../support/command.ts";

it.each([
  [[], "VERSION is missing: the version to prove, such as 1.4.0"],
  [["--image", "app"], "VERSION is missing: the version to prove, such as 1.4.0"],
  [["1.0.0", "--regoin", "us-east-1"], "there is no flag --regoin; did you mean --region?"],
  [["1.0.0", "--regoin=us-east-1"], "there is no flag --regoin=us-east-1; did you mean --region?"],
  [["1.0.0", "--blaah", "--imag", "a"], "there is no flag --blaah, --imag; did you mean --image?"],
  [["1.0.0", "--blaah"], "there is no flag --blaah"],
  [["1.0.0", "2.0.0"], "unexpected argument '2.0.0'"],
  [
    ["--region", "us-east-1", "eu-west-1", "1.0.0"],
    "unexpected argument '1.0.0'; --region takes one value, --region again the next",
  ],
  [["1.0.0", "2.0.0", "--region", "us-east-1"], "unexpected argument '2.0.0'"],
])("verify %j", async (words, said) => {
  const { stderr, exit } = await runCommand(VerifyCommand, words, { cwd: tmpdir() });
  expect(exit).toBe(2);
  const [line = ""] = stderr.split("\n");
  expect(line.endsWith(said), line).toBe(true);
  expect(stderr).toContain("try  slipway verify --help");
});
