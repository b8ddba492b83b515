//! Unit tests of a filter without WebAssembly: batches made of JSON events, as the host makes them.
//!
//! ```
//! # use activity_log_filter::{Batch, Failure, Filter, Manifest, Parameters, Verdict};
//! # struct Root;
//! # impl Filter for Root {
//! #     const MANIFEST: Manifest = Manifest {
//! #         name: "root", version: "1.0.0", description: "", inputs: &["userIdentity.type"], outputs: &[], parameters: &[],
//! #     };
//! #     fn start(_: &Parameters) -> Result<Self, String> { Ok(Self) }
//! #     fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
//! #         let [who] = batch.columns();
//! #         let root = who.test(|who| who.is("Root"));
//! #         Ok(batch.keep(|row| root[row]))
//! #     }
//! # }
//! use activity_log_filter::testing::Events;
//! let events = Events::parse(r#"
//!     {"userIdentity":{"type":"Root"}}
//!     {"userIdentity":{"type":"IAMUser","userName":"alice"}}
//! "#);
//! assert_eq!(events.run::<Root>(&[]).kept(), [0]);
//! ```

mod json;
mod lookup;
mod project;

use std::collections::HashMap;

use crate::{Batch, Column, Failure, Filter, Manifest, Parameters, Value, Verdict};

/// What the host gives a filter at once, at most.
pub const BATCH_ROWS: usize = 4096;

/// Events to try a filter on.
#[derive(Clone, Debug)]
pub struct Events(Vec<String>);

impl Events {
    /// Reads JSON objects, one after the other (NDJSON is that), or a CloudTrail file, `{"Records":[…]}`.
    ///
    /// # Panics
    /// If the text is neither.
    pub fn parse(text: &str) -> Self {
        match json::events(text) {
            Ok(events) => Self(events),
            Err(error) => panic!("the events cannot be read: {error}"),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them as one batch, with these inputs.
    ///
    /// # Panics
    /// If an input is no path.
    pub fn batch(&self, inputs: &[&str]) -> Batch {
        batch(&self.0, inputs)
    }

    /// What the filter says of them.
    ///
    /// It is asked three times: about batches as the host cuts them, about all events at once, and about each by
    /// itself, since a verdict must not depend on that.
    ///
    /// # Panics
    /// If the filter does not start, fails, or says what the host would not take.
    pub fn run<F: Filter>(&self, parameters: &[(&str, &str)]) -> Run {
        match self.try_run::<F>(parameters) {
            Ok(run) => run,
            Err(failure) => panic!("the filter failed: {failure:?}"),
        }
    }

    /// As [`Events::run`], for a filter that is expected to fail. The row is that of the whole list.
    ///
    /// # Panics
    /// If the filter does not start, or says what the host would not take.
    pub fn try_run<F: Filter>(&self, parameters: &[(&str, &str)]) -> Result<Run, Failure> {
        let judged = |size| match start::<F>(parameters) {
            Ok(filter) => self.judge(&filter, size),
            Err(error) => panic!("the filter does not start: {error}"),
        };
        let run = judged(BATCH_ROWS)?;
        for size in [1, self.len().max(1)] {
            let again = judged(size)?;
            assert!(
                again == run,
                "the verdict depends on how events are cut into batches: {again:?} of batches of {size}, else {run:?}"
            );
        }
        Ok(run)
    }

    fn judge<F: Filter>(&self, filter: &F, size: usize) -> Result<Run, Failure> {
        F::MANIFEST.check();
        let mut run = Run::new(&F::MANIFEST);
        for (at, events) in self.0.chunks(size).enumerate() {
            let batch = batch(events, F::MANIFEST.inputs);
            let verdict = filter.filter(&batch).map_err(|mut failure| {
                failure.row = failure
                    .row
                    .map(|row| row + u32::try_from(at * size).unwrap_or(0));
                failure
            })?;
            run.add(verdict, events.len());
        }
        Ok(run)
    }
}

/// Starts a filter as the host does: with parameters that the manifest knows, and all it requires.
pub fn start<F: Filter>(parameters: &[(&str, &str)]) -> Result<F, String> {
    let known = F::MANIFEST.parameters;
    for (name, _) in parameters {
        if known.iter().all(|parameter| parameter.name != *name) {
            return Err(format!("the manifest has no parameter {name}"));
        }
    }
    let given = |name| parameters.iter().any(|(own, _)| *own == name);
    if let Some(missing) = known.iter().find(|one| one.required && !given(one.name)) {
        return Err(format!("the parameter {} is missing", missing.name));
    }
    let pairs = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    F::start(&Parameters::new(pairs.collect()))
}

/// What a filter said of all events.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    keep: Vec<bool>,
    outputs: Vec<(String, Vec<Value>)>,
}

impl Run {
    fn new(manifest: &Manifest) -> Self {
        let outputs = manifest.outputs.iter();
        Self {
            keep: vec![],
            outputs: outputs.map(|&name| (name.to_owned(), vec![])).collect(),
        }
    }

    /// Takes a verdict in, as strictly as the host does.
    fn add(&mut self, verdict: Verdict, rows: usize) {
        let judged = verdict.keep.len();
        assert_eq!(
            judged, rows,
            "the verdict keeps or drops {judged} rows of {rows}"
        );
        let (given, named) = (verdict.outputs.len(), self.outputs.len());
        assert_eq!(
            given, named,
            "the verdict has {given} outputs, the manifest {named}"
        );
        self.keep.extend(verdict.keep);
        for ((name, values), column) in self.outputs.iter_mut().zip(&verdict.outputs) {
            let given = column.index.len();
            assert_eq!(given, rows, "the output {name} has {given} rows of {rows}");
            for value in &column.values {
                check(name, value);
            }
            values.extend((0..rows).map(|row| column[row].clone()));
        }
    }

    /// The numbers of the events that were kept, from 0.
    pub fn kept(&self) -> Vec<usize> {
        let rows = self.keep.iter().enumerate();
        rows.filter(|(_, keep)| **keep)
            .map(|(row, _)| row)
            .collect()
    }

    /// An output column, with a value for each event, kept or not.
    ///
    /// # Panics
    /// If the manifest names no such output.
    pub fn output(&self, name: &str) -> &[Value] {
        let found = self.outputs.iter().find(|(own, _)| own == name);
        let (_, values) = found.unwrap_or_else(|| panic!("the manifest has no output {name}"));
        values
    }
}

fn check(output: &str, value: &Value) {
    match value {
        Value::Json(text) => assert!(
            json::is_json(text),
            "the output {output} says json of {text}"
        ),
        Value::Float(number) => assert!(number.is_finite(), "the output {output} is {number}"),
        _ => {}
    }
}

fn batch(events: &[String], inputs: &[&str]) -> Batch {
    let fields = project::Fields::of(inputs);
    let mut columns: Vec<Interned> = inputs.iter().map(|_| Interned::default()).collect();
    for event in events {
        let values = match fields.values(event) {
            Ok(values) => values,
            Err(error) => panic!("the event cannot be read: {error}: {event}"),
        };
        for (column, value) in columns.iter_mut().zip(values) {
            column.push(value);
        }
    }
    Batch {
        rows: u32::try_from(events.len()).expect("no more events than 2^32"),
        columns: columns.into_iter().map(|column| column.column).collect(),
    }
}

/// A column whose equal values are one.
struct Interned {
    column: Column,
    known: HashMap<String, u32>,
}

impl Default for Interned {
    fn default() -> Self {
        Self {
            column: Column {
                values: vec![],
                index: vec![],
            },
            known: HashMap::new(),
        }
    }
}

impl Interned {
    fn push(&mut self, value: Value) {
        let next = u32::try_from(self.column.values.len()).expect("no more values than 2^32");
        // The form for programmers tells 1 from "1" and 1.0.
        let number = *self.known.entry(format!("{value:?}")).or_insert(next);
        if number == next {
            self.column.values.push(value);
        }
        self.column.index.push(number);
    }
}

#[cfg(test)]
mod tests;
