// Unit tests of a filter without WebAssembly: batches made of JSON events, as the host makes them.
//
//   const events = Events.parse(readFileSync("events.ndjson", "utf8"));
//   assert.deepEqual(events.run(plugin, { code: "AccessDenied" }).kept, [2, 6]);
import assert from "node:assert/strict";

const BATCH_ROWS = 4096;

/** Events to try a filter on. */
export class Events {
  constructor(texts) {
    this.texts = texts;
  }

  /** Reads JSON objects, one after the other (NDJSON is that), or a CloudTrail file, {"Records":[…]}. */
  static parse(text) {
    const texts = [];
    for (let at = space(text, 0); at < text.length; at = space(text, at)) {
      const end = skip(text, at);
      texts.push(text.slice(at, end));
      at = end;
    }
    texts.forEach((event) => JSON.parse(event));
    const records = texts.length === 1 ? find(texts[0], ["Records"]) : undefined;
    return new Events(records === undefined ? texts : elements(records));
  }

  /**
   * What the filter says of them: `kept`, the numbers of the events that are kept, and `outputs`, by name the values
   * of every event. It is also asked about each event by itself, since a verdict must not depend on the batch.
   */
  run(plugin, parameters = {}) {
    const whole = this.#judge(plugin, parameters, BATCH_ROWS);
    assert.deepEqual(this.#judge(plugin, parameters, 1), whole, "the verdict depends on how events are cut into batches");
    return whole;
  }

  #judge(plugin, parameters, size) {
    const manifest = plugin.describe();
    const run = { kept: [], outputs: Object.fromEntries(manifest.outputs.map((name) => [name, []])) };
    start(plugin, parameters);
    for (let from = 0; from < this.texts.length; from += size) {
      const texts = this.texts.slice(from, from + size);
      const { keep, outputs } = plugin.filter(batch(texts, manifest.inputs));
      assert.equal(keep.length, texts.length, "the verdict says something of another number of rows");
      assert.equal(outputs.length, manifest.outputs.length, "the verdict has another number of outputs");
      keep.forEach((kept, row) => kept && run.kept.push(from + row));
      outputs.forEach(({ values, index }, at) => {
        assert.equal(index.length, texts.length, "an output has another number of rows");
        run.outputs[manifest.outputs[at]].push(...index.map((value) => values[value].val));
      });
    }
    return run;
  }
}

/** Starts a filter as the host does: with parameters that the manifest knows, and all it requires. */
export function start(plugin, parameters = {}) {
  const known = plugin.describe().parameters;
  for (const name of Object.keys(parameters)) {
    if (!known.some((one) => one.name === name)) throw `the manifest has no parameter ${name}`;
  }
  const missing = known.find(({ name, required }) => required && !(name in parameters));
  if (missing) throw `the parameter ${missing.name} is missing`;
  plugin.start(Object.entries(parameters));
}

function batch(texts, inputs) {
  const columns = inputs.map((input) => {
    const path = names(input);
    const values = [], index = [], known = new Map();
    for (const text of texts) {
      const found = path.length === 0 ? text : find(text, path);
      const key = found ?? "";
      if (!known.has(key)) known.set(key, values.push(value(found, path.length === 0)) - 1);
      index.push(known.get(key));
    }
    return { values, index };
  });
  return { rows: texts.length, columns };
}

/** A path's names: dots between them; in a name, a dot is written \. and a backslash \\. */
function names(path) {
  if (path === "") return [];
  const names = path.match(/(?:[^.\\]|\\[.\\])+/g) ?? [];
  assert.equal(names.join("."), path, `the input ${path} is no path such as userIdentity.userName`);
  return names.map((name) => name.replace(/\\([.\\])/g, "$1"));
}

// JSON's text is kept, not only its meaning: numbers are told by their digits, objects are passed on as they stand.

function value(json, whole) {
  if (json === undefined) return { tag: "absent" };
  if (json === "null") return { tag: "null" };
  if (json === "true" || json === "false") return { tag: "boolean", val: json === "true" };
  if (whole || json[0] === "{" || json[0] === "[") return { tag: "json", val: json };
  if (json[0] === '"') {
    const text = JSON.parse(json);
    return text.isWellFormed() ? { tag: "text", val: text } : { tag: "json", val: json };
  }
  const number = Number(json);
  if (/^(0|-?[1-9]\d*)$/.test(json) && BigInt.asIntN(64, BigInt(json)) === BigInt(json)) return { tag: "integer", val: number };
  const digits = Number.isInteger(number) ? `${number}.0` : `${number}`;
  return digits === json ? { tag: "float", val: number } : { tag: "text", val: json };
}

const space = (text, at) => {
  while (at < text.length && " \t\r\n".includes(text[at])) at++;
  return at;
};

/** Where the JSON value that begins here ends. */
function skip(text, at) {
  if (text[at] === '"') {
    for (at++; text[at] !== '"'; at++) if (text[at] === "\\") at++;
    return at + 1;
  }
  if (text[at] !== "{" && text[at] !== "[") {
    while (at < text.length && !" \t\r\n,:]}".includes(text[at])) at++;
    return at;
  }
  for (let depth = 0; at < text.length; ) {
    if (text[at] === '"') {
      at = skip(text, at);
      continue;
    }
    if (text[at] === "{" || text[at] === "[") depth++;
    if ((text[at] === "}" || text[at] === "]") && --depth === 0) return at + 1;
    at++;
  }
  throw new Error("the events cannot be read: one is not closed");
}

/** The text of the member that a path leads to. Of a key that stands twice the last counts. */
function find(json, path) {
  if (path.length === 0) return json;
  if (json[0] !== "{") return undefined;
  let found;
  for (let at = space(json, 1); json[at] !== "}"; at = space(json, at)) {
    const end = skip(json, at);
    const from = space(json, space(json, end) + 1);
    const to = skip(json, from);
    if (JSON.parse(json.slice(at, end)) === path[0]) found = json.slice(from, to);
    at = space(json, to);
    if (json[at] === ",") at++;
  }
  return found === undefined ? undefined : find(found, path.slice(1));
}

function elements(json) {
  const texts = [];
  for (let at = space(json, 1); json[at] !== "]"; at = space(json, at)) {
    const end = skip(json, at);
    texts.push(json.slice(at, end));
    at = space(json, end);
    if (json[at] === ",") at++;
  }
  return texts;
}
