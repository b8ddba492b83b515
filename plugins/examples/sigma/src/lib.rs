//! Evaluates a Sigma rule (<https://sigmahq.io>): the events that it detects.
//!
//! The rule's YAML is the parameter `rule`. Selections (maps, lists of maps, keywords), lists of values, wildcards,
//! conditions with `and`, `or`, `not`, brackets, `1 of` and `all of`, and the modifiers `contains`, `startswith`,
//! `endswith`, `all`, `re` (with `i`, `m`, `s`), `cased`, `cidr`, `exists`, `lt`, `lte`, `gt`, `gte` are evaluated; whatever else
//! a rule uses is refused by name when the report starts, so that no rule is half evaluated.
//!
//! Field names are paths of the record: `userIdentity.type`, `requestParameters.name`; a path through a list means
//! any of its entries, and names in it may have dots. An object is its JSON, in which JSON in strings is looked into.
//!
//! Numbers are equal by value (`1.10` is `1.1`); a value without quotation marks that readers of YAML differ on (`yes`,
//! `0x1f`) is refused. Case is that of Unicode, one character for one.
//!
//! Most rules name an event source and a few event names. Those and some others are read as columns, and asked about
//! once for each different value; only events that these leave open are read as JSON.

mod condition;
mod decimal;
mod event;
mod pattern;
mod rule;
mod tree;
mod yaml;

use activity_log_filter::{
    Batch, Column, Failure, Filter, Manifest, Parameter, Parameters, PerValue, Verdict, export,
};

use event::{Event, Found};
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
    /// the paths that leaves need of an event's JSON
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
        let mut needed: Vec<String> = needed.filter_map(path_of).map(str::to_owned).collect();
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
                Some(batch.columns[column].test(|value| leaf.matches_found(&Found::of(value))))
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

fn path_of(leaf: &Leaf) -> Option<&str> {
    match &leaf.target {
        Target::Field(path) => Some(path),
        Target::Keywords => None,
    }
}

/// Which column answers the leaf.
fn column_of(leaf: &Leaf) -> Option<usize> {
    let path = path_of(leaf).filter(|_| !leaf.asks_for_presence())?;
    COLUMNS.iter().position(|column| *column == path)
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

export!(Sigma);

#[cfg(test)]
mod tests;

#[cfg(test)]
mod rules;
