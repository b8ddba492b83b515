//! Evaluates a Sigma rule (<https://sigmahq.io>): the events that it detects.
//!
//! The rule's YAML is the parameter `rule`. Selections (maps, lists of maps, keywords), lists of values, wildcards,
//! conditions with `and`, `or`, `not`, brackets, `1 of` and `all of`, and the modifiers `contains`, `startswith`,
//! `endswith`, `all`, `re` (with `i`, `m`, `s`), `cased`, `cidr`, `exists`, `lt`, `lte`, `gt`, `gte` are evaluated; whatever else
//! a rule uses is refused by name when the report starts, so that no rule is half evaluated.
//!
//! Field names are paths of the record: `userIdentity.type`, `requestParameters.name`; a path through a list means
//! any of its entries.
//!
//! Most rules name an event source and a few event names. Those and some others are read as columns, and asked about
//! once for each different value; only events that these leave open are read as JSON.

mod condition;
mod event;
mod pattern;
mod rule;
mod yaml;

use activity_log_filter::{
    Batch, Column, Failure, Filter, Manifest, Parameter, Parameters, PerValue, Value, Verdict,
    export,
};

use event::Event;
use rule::{Expression, Leaf, Rule, Target};

/// The fields that are read as columns: what rules ask of most, and what has few different values.
const COLUMNS: [&str; 7] = [
    "eventSource",
    "eventName",
    "errorCode",
    "eventType",
    "readOnly",
    "userIdentity.type",
    "awsRegion",
];
/// The whole event, after the columns.
const WHOLE: usize = COLUMNS.len();

struct Sigma {
    rule: Rule,
    /// the top-level fields that leaves need of an event's JSON
    needed: Vec<String>,
}

impl Filter for Sigma {
    const MANIFEST: Manifest = Manifest {
        name: "sigma",
        version: env!("CARGO_PKG_VERSION"),
        description: "What a Sigma rule detects. The rule is a parameter; what of Sigma is not supported is refused by name.",
        inputs: &[
            COLUMNS[0], COLUMNS[1], COLUMNS[2], COLUMNS[3], COLUMNS[4], COLUMNS[5], COLUMNS[6], "",
        ],
        outputs: &["sigmaRule"],
        parameters: &[Parameter::required("rule", "the rule, as YAML")],
    };

    fn start(parameters: &Parameters) -> Result<Self, String> {
        let rule = Rule::parse(parameters.required("rule")?)?;
        let needed = rule.leaves.iter().filter(|leaf| column_of(leaf).is_none());
        let mut needed: Vec<String> = needed.filter_map(|leaf| leaf.target.top_level()).collect();
        needed.sort_unstable();
        needed.dedup();
        Ok(Self { rule, needed })
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let answers: Vec<Option<PerValue<'_, bool>>> = self
            .rule
            .leaves
            .iter()
            .map(|leaf| {
                let column = column_of(leaf)?;
                Some(batch.columns[column].test(|value| leaf.matches_value(value)))
            })
            .collect();
        let verdict = batch.try_keep(|row| {
            let number = row.number();
            let by_columns = |leaf: usize| answers[leaf].as_ref().map(|answer| answer[number]);
            if let Some(decided) = decide(&self.rule.condition, &by_columns) {
                return Ok(decided);
            }
            let text = row.value(WHOLE).text().ok_or("the event is no JSON")?;
            let event = self.read(text)?;
            let by_event = |leaf: usize| {
                let answer =
                    by_columns(leaf).unwrap_or_else(|| self.rule.leaves[leaf].matches(&event));
                Some(answer)
            };
            Ok::<_, String>(decide(&self.rule.condition, &by_event).unwrap_or(false))
        })?;
        Ok(verdict.with(Column::constant(batch.rows(), self.rule.title.as_str())))
    }
}

impl Sigma {
    fn read(&self, text: &str) -> Result<Event, String> {
        if self.rule.has_keywords() {
            Event::whole(text)
        } else {
            Event::fields(text, &self.needed)
        }
    }
}

/// Which column answers the leaf.
fn column_of(leaf: &Leaf) -> Option<usize> {
    match &leaf.target {
        Target::Field(path) => COLUMNS.iter().position(|column| *column == path.join(".")),
        Target::Keywords => None,
    }
}

/// Whether the condition holds, if what is known of the leaves is enough to say.
fn decide(expression: &Expression, leaf: &dyn Fn(usize) -> Option<bool>) -> Option<bool> {
    match expression {
        Expression::Leaf(at) => leaf(*at),
        Expression::Not(inner) => decide(inner, leaf).map(|holds| !holds),
        Expression::All(parts) => any_or_all(parts, leaf, false),
        Expression::Any(parts) => any_or_all(parts, leaf, true),
    }
}

/// `Any` is decided by one that holds, `All` by one that does not.
fn any_or_all(
    parts: &[Expression],
    leaf: &dyn Fn(usize) -> Option<bool>,
    decisive: bool,
) -> Option<bool> {
    let mut open = false;
    for part in parts {
        match decide(part, leaf) {
            Some(holds) if holds == decisive => return Some(decisive),
            Some(_) => {}
            None => open = true,
        }
    }
    (!open).then_some(!decisive)
}

impl Leaf {
    /// Of a column's value: an object or a list would have been cut off there, so they are none.
    fn matches_value(&self, value: &Value) -> bool {
        let text = (!value.is_nothing()).then(|| value.to_text());
        let exists = *value != Value::Absent;
        self.matches_texts(text.as_slice(), exists)
    }
}

export!(Sigma);

#[cfg(test)]
mod tests;
