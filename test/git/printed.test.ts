import { expect, test } from "vitest";
import { webAddress } from "../../src/git/printed.ts";

test.each([
  ["https://github.com/ships/app.git", "https://github.com/ships/app"],
  ["https://ada:token@github.com/ships/app", "https://github.com/ships/app"],
  ["https://git.example.com:8443/ships/app.git/", "https://git.example.com:8443/ships/app"],
  ["http://git.example.com/app?token=x#y", "http://git.example.com/app"],
  ["git@github.com:ships/app.git", "https://github.com/ships/app"],
  ["github.com:ships/app.git", "https://github.com/ships/app"],
  ["git@git.example.com:/srv/app.git", "https://git.example.com/srv/app"],
  ["ssh://git@github.com/ships/app.git", "https://github.com/ships/app"],
  ["ssh://git@git.example.com:2222/ships/app.git", "https://git.example.com/ships/app"],
  ["git://git.example.com/app.git", "https://git.example.com/app"],
  ["/srv/git/app.git", null],
  ["../app", null],
  ["C:\\git\\app", null],
  ["file:///srv/git/app.git", null],
  ["", null],
])("the address of %s is %s", (remote, address) => {
  expect(webAddress(remote)).toBe(address);
});
