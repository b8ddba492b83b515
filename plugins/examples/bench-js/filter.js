// The benchmarks' predicate, as a JavaScript filter: calls that describe something and did not fail.
import { filter } from "./sdk/filter.js";

export const plugin = filter({
  name: "bench-js",
  version: "1.0.0",
  description: "Calls that describe something and did not fail: the benchmarks' predicate.",
  inputs: ["eventName", "errorCode"],

  filter(batch) {
    const [name, error] = batch.columns;
    const describes = name.map((name) => typeof name === "string" && name.startsWith("Describe"));
    const succeeded = error.map((error) => error == null);
    return batch.keep((row) => describes.at(row) && succeeded.at(row));
  },
});
