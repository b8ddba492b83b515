import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { plugin } from "./filter.js";
import { Events, start } from "./sdk/testing.js";

const events = Events.parse(readFileSync(new URL("events.ndjson", import.meta.url), "utf8"));

test("calls that failed are kept", () => {
  assert.deepEqual(events.run(plugin).kept, [2, 5, 6]);
});

test("those with one code are kept", () => {
  assert.deepEqual(events.run(plugin, { code: "AccessDenied" }).kept, [2, 6]);
});

test("an empty code is refused", () => {
  assert.throws(() => start(plugin, { code: "" }), /^the parameter code is empty$/);
});
