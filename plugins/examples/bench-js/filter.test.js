import assert from "node:assert/strict";
import { test } from "node:test";

import { plugin } from "./filter.js";
import { Events } from "./sdk/testing.js";

test("what describes and succeeds is kept", () => {
  const events = Events.parse(`
    {"eventName":"DescribeInstances"}
    {"eventName":"DescribeInstances","errorCode":"Throttling"}
    {"eventName":"RunInstances"}
    {"eventName":"DescribeInstances","errorCode":null}
    {}`);
  assert.deepEqual(events.run(plugin).kept, [0, 3]);
});
