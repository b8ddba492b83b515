// Keeps the calls that failed; with one error code, if the report asks for it.
//
//   npm ci && npm test
//   alog plugin build        makes NAME.wasm of this folder
//   alog plugin test NAME.wasm events.ndjson
import { filter } from "./sdk/filter.js";

export const plugin = filter({
  name: "my-filter",
  version: "1.0.0",
  description: "Calls that failed.",
  inputs: ["errorCode"],
  parameters: [{ name: "code", description: "an error code, such as AccessDenied; any, if it is not given" }],

  start({ code }) {
    if (code === "") throw new Error("the parameter code is empty");
    return { code };
  },

  filter(batch, { code }) {
    const [error] = batch.columns;
    // Asked once for each different error code, not once for each event.
    const failed = error.map((value) => (code === undefined ? value != null : value === code));
    return batch.keepWhere(failed);
  },
});
