import assert from "node:assert/strict";
import { test } from "node:test";

import { plugin } from "./filter.js";
import { Events, start } from "./sdk/testing.js";

const events = Events.parse(`
  {"eventType":"AwsConsoleSignIn","userAgent":"Mozilla/5.0"}
  {"eventType":"AwsApiCall","sessionCredentialFromConsole":"true","readOnly":true}
  {"eventType":"AwsApiCall","sessionCredentialFromConsole":true,"readOnly":false}
  {"eventType":"AwsApiCall","userAgent":"[S3Console/0.4, AWS-Console]","readOnly":"true"}
  {"eventType":"AwsApiCall","userAgent":"aws-cli/2.13.0","readOnly":false}
  {"eventType":"AwsConsoleSignOut"}
  {}`);

test("what is done in the console is told", () => {
  const { kept, outputs } = events.run(plugin);
  assert.deepEqual(kept, [0, 1, 2, 3, 5]);
  assert.deepEqual(outputs.consoleAction, ["sign-in", "read", "write", "read", undefined, "sign-out", undefined]);
});

test("only the actions that are asked for are kept", () => {
  assert.deepEqual(events.run(plugin, { actions: "write, sign-in" }).kept, [0, 2]);
});

test("an unknown action is refused", () => {
  assert.throws(() => start(plugin, { actions: "write,delete" }), /^the parameter actions has "delete"/);
});
