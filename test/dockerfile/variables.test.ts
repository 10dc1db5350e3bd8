// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of Dockerfiles are written so
import { expect, test } from "vitest";
import { expand } from "../../src/dockerfile/variables.ts";

const scope = new Map([
  ["full", "value"],
  ["empty", ""],
  ["other", "else"],
  ["itself", "x$itself"],
  ["unset", null],
]);

test.each([
  ["plain", "plain"],
  ["$full", "value"],
  ["a-$full/b", "a-value/b"],
  ["${full}s", "values"],
  ["\\$full", "$full"],
  ["$empty", ""],
  ["$unset", undefined],
  ["$nowhere", undefined],
  ["${full:-word}", "value"],
  ["${empty:-word}", "word"],
  ["${empty-word}", ""],
  ["${unset-word}", "word"],
  ["${nowhere:-}", ""],
  ["${full:+word}", "word"],
  ["${empty:+word}", ""],
  ["${empty+word}", "word"],
  ["${unset+word}", ""],
  ["${full:?it is needed}", "value"],
  ["${unset:?it is needed}", undefined],
  ["${unset:-$other}", "else"],
  ["${unset:-a${other}b}c", "aelsebc"],
  ["${unset:-${nowhere:-${other}}}-$full", "else-value"],
  ["${unset:-$nowhere}", undefined],
  ["${full:-$nowhere}", "value"],
  ["${full#v}", undefined],
  ["${full", undefined],
  ["${unset:-word", undefined],
  ["$itself", "x$itself"],
  ["${itself}", "x$itself"],
])("%s is %s", (text, expected) => {
  expect(expand(text, scope)).toBe(expected);
});
