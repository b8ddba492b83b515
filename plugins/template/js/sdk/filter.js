// Filters for Activity Log's reports, written in JavaScript.
//
//   export const plugin = filter({ name, version, description, inputs, outputs, parameters, start, filter });
//
// A component runs it in a small engine (QuickJS): the language is there, but no files, no network, no timers, no
// clock and no randomness; Date.now() and Math.random() end the report. Nothing may be kept from one batch to the next,
// since a report that another process continues starts the filter again.
//
// Values are undefined (the event has no such field), null, booleans, numbers, strings, and Json for an object or an
// array. Whole numbers past 2^53 lose digits on their way into JavaScript.

/** An object or an array of an event, or a string that is no Unicode: its text, read when it is asked for. */
export class Json {
  #value;
  #read = false;

  constructor(text) {
    this.text = text;
  }

  /** The object, array or string. */
  get value() {
    if (!this.#read) {
      this.#value = JSON.parse(this.text);
      this.#read = true;
    }
    return this.#value;
  }

  toString() {
    return this.text;
  }
}

/** One event cannot be judged: the report fails, and names it. */
export class RowError extends Error {
  constructor(row, message) {
    super(message);
    this.row = row;
  }
}

/** One field over a whole batch. Equal values stand there once: row r holds values[index[r]]. */
export class Column {
  constructor(values, index) {
    this.values = values;
    this.index = index;
  }

  /** The value of a row. */
  at(row) {
    return this.values[this.index[row]];
  }

  /**
   * Asks once for each different value, not once for each row: that is what makes a filter fast. The answer is a
   * column too, of answers; as an output of the filter, if it is one.
   */
  map(ask) {
    return new Column(this.values.map(ask), this.index);
  }

  /** A column that says the same in every row. */
  static constant(rows, value) {
    return new Column([value], new Array(rows).fill(0));
  }

  /** A column of one value a row. */
  static ofRows(values) {
    return new Column(values, values.map((_, row) => row));
  }
}

/** Up to 4,096 events: `rows`, and one column for each of the manifest's inputs, in that order. */
export class Batch {
  constructor(rows, columns) {
    this.rows = rows;
    this.columns = columns;
  }

  /** For each row, whether the report keeps it: the function is given the row's number. */
  keep(ask) {
    const keep = new Array(this.rows);
    for (let row = 0; row < this.rows; row++) keep[row] = ask(row) === true;
    return keep;
  }

  /** As keep, for a column of answers: rows whose answer is true. */
  keepWhere(answers) {
    const { values, index } = answers;
    const keep = new Array(this.rows);
    for (let row = 0; row < this.rows; row++) keep[row] = values[index[row]] === true;
    return keep;
  }
}

/**
 * Makes what the component exports as `plugin`.
 *
 * `start(parameters)` is given an object of the report's parameters by name, and returns whatever `filter` needs of
 * them; it throws an Error that says what is wrong with them. `filter(batch, started)` returns the rows to keep, or
 * `{ keep, outputs: [Column] }` with one column for each of the manifest's outputs; it throws an Error, or a RowError.
 */
export function filter({ start = () => undefined, filter, ...manifest }) {
  let started;
  return {
    describe: () => ({
      outputs: [],
      ...manifest,
      parameters: (manifest.parameters ?? []).map((one) => ({ required: false, ...one })),
    }),

    start(parameters) {
      try {
        started = start(Object.fromEntries(parameters));
      } catch (error) {
        throw messageOf(error);
      }
    },

    filter({ rows, columns }) {
      try {
        const read = columns.map(({ values, index }) => new Column(values.map(fromWit), index));
        const verdict = filter(new Batch(rows, read), started);
        const { keep, outputs = [] } = Array.isArray(verdict) ? { keep: verdict } : verdict;
        return { keep, outputs: outputs.map(({ values, index }) => ({ values: values.map(toWit), index })) };
      } catch (error) {
        throw { row: error instanceof RowError ? error.row : null, message: messageOf(error) };
      }
    },
  };
}

function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

function fromWit({ tag, val }) {
  switch (tag) {
    case "absent":
      return undefined;
    case "null":
      return null;
    case "json":
      return new Json(val);
    default:
      return val;
  }
}

function toWit(value) {
  switch (typeof value) {
    case "undefined":
      return { tag: "absent" };
    case "boolean":
      return { tag: "boolean", val: value };
    case "number":
      return { tag: Number.isSafeInteger(value) ? "integer" : "float", val: value };
    case "string":
      return { tag: "text", val: value };
    default:
      if (value === null) return { tag: "null" };
      return { tag: "json", val: value instanceof Json ? value.text : JSON.stringify(value) };
  }
}
