// What people do in the web console: sign-ins and sign-outs, and the calls that the console makes for them.
//
// A column `consoleAction` says which: sign-in, sign-out, read or write.
import { Column, filter } from "./sdk/filter.js";

const ACTIONS = ["sign-in", "sign-out", "read", "write", undefined];
const [SIGN_IN, SIGN_OUT, READ, WRITE, NONE] = ACTIONS.keys();
const SIGN_INS = new Map([
  ["AwsConsoleSignIn", SIGN_IN],
  ["AwsConsoleSignOut", SIGN_OUT],
  ["AwsConsoleAutoSignOut", SIGN_OUT],
]);
// Of agents that the console's own servers name, and browsers do not.
const AGENTS = ["console.amazonaws.com", "console.ec2.amazonaws.com", "signin.amazonaws.com", "AWS-Console", "AWSConsole"];

export const plugin = filter({
  name: "console-js",
  version: "1.0.0",
  description: "What people do in the web console: sign-ins, sign-outs, and calls that the console makes for them.",
  inputs: ["eventType", "sessionCredentialFromConsole", "userAgent", "readOnly"],
  outputs: ["consoleAction"],
  parameters: [{ name: "actions", description: "which of sign-in, sign-out, read and write, with commas; all without it" }],

  start({ actions = "sign-in,sign-out,read,write" }) {
    const wanted = actions.split(",").map((action) => action.trim());
    const unknown = wanted.find((action) => !ACTIONS.includes(action));
    if (unknown !== undefined) throw new Error(`the parameter actions has ${JSON.stringify(unknown)}: sign-in, sign-out, read, write`);
    return ACTIONS.map((action) => wanted.includes(action));
  },

  filter(batch, wanted) {
    const [type, fromConsole, agent, readOnly] = batch.columns;
    const signIn = type.map((type) => SIGN_INS.get(type));
    const isFromConsole = fromConsole.map((value) => value === true || value === "true");
    const isAgent = agent.map((agent) => typeof agent === "string" && AGENTS.some((name) => agent.includes(name)));
    const access = readOnly.map((value) => (value === true || value === "true" ? READ : WRITE));

    // Which of ACTIONS a row is; as an output, five values and a number for each row.
    const actions = Array.from({ length: batch.rows }, (_, row) => {
      if (signIn.at(row) !== undefined) return signIn.at(row);
      return isFromConsole.at(row) || isAgent.at(row) ? access.at(row) : NONE;
    });
    return { keep: batch.keep((row) => wanted[actions[row]]), outputs: [new Column(ACTIONS, actions)] };
  },
});
