// For native tests, `node --import ./sdk/register.js --test`: there is no host whose log could be imported.
import { register } from "node:module";

const stub = "data:text/javascript,export default { line: (line) => console.error('log:', line) };";
const hooks = `export const resolve = (name, context, next) => name === "activity-log:filter/log@1.0.0"
  ? { url: ${JSON.stringify(stub)}, shortCircuit: true }
  : next(name, context);`;

register(`data:text/javascript,${encodeURIComponent(hooks)}`);
