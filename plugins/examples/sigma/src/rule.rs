//! A rule, read and checked: what is not supported is an error that names it.

use crate::condition;
use crate::decimal::Decimal;
use crate::event::{Event, Found};
use crate::pattern::{Comparison, Equal, Glob, Network, Pattern};
use crate::yaml::{self, Node};

/// Longest rule.
const RULE_BYTES: usize = 64 * 1024;
/// Longest path of a field.
const PATH_NAMES: usize = 16;

#[derive(Debug)]
pub struct Rule {
    pub title: String,
    pub leaves: Vec<Leaf>,
    pub condition: Expression,
}

/// A condition's tree; its leaves by number.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    Leaf(usize),
    Not(Box<Expression>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
}

/// What is asked of one field, or of all.
#[derive(Debug)]
pub struct Leaf {
    pub target: Target,
    patterns: Vec<Pattern>,
    /// all of the patterns must match, not one
    all: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// a path
    Field(String),
    /// any value of the event
    Keywords,
}

impl Leaf {
    pub fn matches(&self, event: &Event) -> bool {
        self.matches_found(&match &self.target {
            Target::Field(path) => event.find(path),
            Target::Keywords => event.scalars(),
        })
    }

    pub fn matches_found(&self, found: &Found) -> bool {
        let mut patterns = self.patterns.iter();
        let matches = |pattern: &Pattern| pattern.matches(found);
        if self.all {
            patterns.all(matches)
        } else {
            patterns.any(matches)
        }
    }

    /// Whether it asks if the field is there: a lookup field that is `null` in the record is absent in its column.
    pub fn asks_for_presence(&self) -> bool {
        let mut patterns = self.patterns.iter();
        patterns.any(|pattern| matches!(pattern, Pattern::Exists(_)))
    }
}

impl Expression {
    pub fn all(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            parts.remove(0)
        } else {
            Self::All(parts)
        }
    }

    pub fn any(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            parts.remove(0)
        } else {
            Self::Any(parts)
        }
    }

    pub fn size(&self) -> usize {
        match self {
            Self::Leaf(_) => 1,
            Self::Not(inner) => 1 + inner.size(),
            Self::All(parts) | Self::Any(parts) => 1 + parts.iter().map(Self::size).sum::<usize>(),
        }
    }
}

impl Rule {
    /// Reads a rule's YAML.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > RULE_BYTES {
            return Err(format!("the rule is longer than {} KiB", RULE_BYTES / 1024));
        }
        read(text).map_err(|error| format!("the rule cannot be evaluated: {error}"))
    }

    pub fn has_keywords(&self) -> bool {
        self.leaves
            .iter()
            .any(|leaf| leaf.target == Target::Keywords)
    }
}

fn read(text: &str) -> Result<Rule, String> {
    let rule = yaml::parse(text)?;
    for key in ["correlation", "filter", "action"] {
        if rule.get(key).is_some() {
            return Err(format!("{key} rules are not supported"));
        }
    }
    check_source(&rule)?;
    let Some(detection @ Node::Map(entries)) = rule.get("detection") else {
        return Err("it has no detection".to_owned());
    };
    if detection.get("timeframe").is_some() {
        return Err(
            "detection.timeframe is not supported: events are judged one by one".to_owned(),
        );
    }
    let mut leaves = vec![];
    let mut selections = vec![];
    for (name, node) in entries.iter().filter(|(name, _)| name != "condition") {
        let expression =
            selection(node, &mut leaves).map_err(|error| format!("{name}: {error}"))?;
        selections.push((name.clone(), expression));
    }
    let condition = match detection.get("condition") {
        Some(Node::Plain(condition) | Node::Quoted(condition)) => {
            condition::parse(condition, &selections)?
        }
        Some(Node::List(_)) => return Err("a list of conditions is not supported".to_owned()),
        _ => return Err("detection has no condition".to_owned()),
    };
    let title = rule.get("title").and_then(Node::text).unwrap_or("untitled");
    Ok(Rule {
        title: title.to_owned(),
        leaves,
        condition,
    })
}

/// A rule for another log would be evaluated without complaint, and never match. A rule without a source, or with less
/// of one, is for any.
fn check_source(rule: &Node) -> Result<(), String> {
    let source = match rule.get("logsource") {
        None => return Ok(()),
        Some(Node::Map(source)) => source,
        Some(_) => return Err("logsource is no map".to_owned()),
    };
    for (key, value) in source {
        let ours = match key.as_str() {
            "product" => "aws",
            "service" => "cloudtrail",
            // For people.
            "definition" => continue,
            _ => {
                return Err(format!(
                    "logsource.{key} ({}) is not supported",
                    shown(value)
                ));
            }
        };
        if !value
            .text()
            .is_some_and(|text| text.eq_ignore_ascii_case(ours))
        {
            return Err(format!(
                "logsource.{key} is {}; rules for {ours} are supported",
                shown(value)
            ));
        }
    }
    Ok(())
}

fn shown(node: &Node) -> String {
    match node {
        Node::Null => "null".to_owned(),
        Node::Plain(text) | Node::Quoted(text) => format!("{text:?}"),
        Node::List(_) => "a list".to_owned(),
        Node::Map(_) => "a map".to_owned(),
    }
}

fn selection(node: &Node, leaves: &mut Vec<Leaf>) -> Result<Expression, String> {
    match node {
        Node::Map(fields) if !fields.is_empty() => {
            let parts = fields
                .iter()
                .map(|(field, values)| self::field(field, values, leaves));
            Ok(Expression::all(parts.collect::<Result<_, _>>()?))
        }
        Node::List(entries) if !entries.is_empty() => {
            let parts = entries.iter().map(|entry| match entry {
                Node::Map(_) => selection(entry, leaves),
                keyword => field("", keyword, leaves),
            });
            Ok(Expression::any(parts.collect::<Result<_, _>>()?))
        }
        Node::Plain(_) | Node::Quoted(_) => field("", node, leaves),
        _ => Err("it is empty".to_owned()),
    }
}

/// `name|modifier|…: value or values`; without a name, of any field.
fn field(key: &str, values: &Node, leaves: &mut Vec<Leaf>) -> Result<Expression, String> {
    let mut parts = key.split('|');
    let name = parts.next().unwrap_or_default();
    let modifiers = Modifiers::parse(parts).map_err(|error| format!("{key}: {error}"))?;
    let target = target(name)?;
    let values = match values {
        Node::List(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    if values.is_empty() {
        return Err(format!("{key}: it has no value"));
    }
    let is_keyword = target == Target::Keywords;
    let patterns = values
        .iter()
        .map(|value| modifiers.pattern(value, is_keyword));
    let patterns = patterns
        .collect::<Result<_, String>>()
        .map_err(|error| format!("{key}: {error}"))?;
    leaves.push(Leaf {
        target,
        patterns,
        all: modifiers.all,
    });
    Ok(Expression::Leaf(leaves.len() - 1))
}

fn target(name: &str) -> Result<Target, String> {
    if name.is_empty() {
        return Ok(Target::Keywords);
    }
    if name.split('.').count() > PATH_NAMES {
        return Err(format!("{name}: its path has more than {PATH_NAMES} names"));
    }
    if name.split('.').any(str::is_empty) {
        return Err(format!("{name}: its path has an empty name"));
    }
    Ok(Target::Field(name.to_owned()))
}

/// What follows a field's name.
#[derive(Debug, Default)]
struct Modifiers {
    all: bool,
    cased: bool,
    regex_flags: String,
    how: How,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum How {
    #[default]
    Equal,
    Contains,
    StartsWith,
    EndsWith,
    Regex,
    Network,
    Exists,
    Number(Comparison),
}

impl Modifiers {
    fn parse<'m>(modifiers: impl Iterator<Item = &'m str>) -> Result<Self, String> {
        let mut parsed = Self::default();
        for modifier in modifiers {
            let how = match modifier {
                "all" => {
                    parsed.all = true;
                    continue;
                }
                "cased" => {
                    parsed.cased = true;
                    continue;
                }
                "i" | "m" | "s" if parsed.how == How::Regex => {
                    parsed.regex_flags.push_str(modifier);
                    continue;
                }
                "contains" => How::Contains,
                "startswith" => How::StartsWith,
                "endswith" => How::EndsWith,
                "re" => How::Regex,
                "cidr" => How::Network,
                "exists" => How::Exists,
                "lt" => How::Number(Comparison::Lt),
                "lte" => How::Number(Comparison::Lte),
                "gt" => How::Number(Comparison::Gt),
                "gte" => How::Number(Comparison::Gte),
                other => return Err(format!("the modifier {other:?} is not supported")),
            };
            if parsed.how != How::Equal {
                return Err(format!(
                    "the modifier {modifier:?} cannot follow another of its kind"
                ));
            }
            parsed.how = how;
        }
        Ok(parsed)
    }

    fn pattern(&self, value: &Node, is_keyword: bool) -> Result<Pattern, String> {
        let (text, is_quoted) = match value {
            Node::Null if self.how == How::Equal => return Ok(Pattern::Nothing),
            Node::Plain(text) => (text.as_str(), false),
            Node::Quoted(text) => (text.as_str(), true),
            Node::Null => return Err("null goes with no modifier".to_owned()),
            Node::List(_) | Node::Map(_) => return Err("a value is a list or a map".to_owned()),
        };
        if !is_quoted && self.how != How::Exists && yaml::is_ambiguous(text) {
            return Err(format!(
                "readers of YAML differ on what {text} is: write it as a text, in quotation marks, or as a decimal number"
            ));
        }
        // YAML's `True` is JSON's `true`.
        let text = match text {
            "True" | "TRUE" if !is_quoted => "true",
            "False" | "FALSE" if !is_quoted => "false",
            text => text,
        };
        let glob = |before, behind| Glob::parse(text, self.cased, before, behind);
        Ok(match self.how {
            How::Equal if is_keyword => Pattern::Text(glob(true, true)),
            How::Equal => Pattern::Equal(Equal {
                glob: glob(false, false),
                number: Decimal::parse(text),
                is_quoted,
            }),
            How::Contains => Pattern::Text(glob(true, true)),
            How::StartsWith => Pattern::Text(glob(false, true)),
            How::EndsWith => Pattern::Text(glob(true, false)),
            How::Regex => Pattern::regex(text, &self.regex_flags)?,
            How::Network => Pattern::Network(Network::parse(text)?),
            How::Exists => Pattern::Exists(truth(text)?),
            How::Number(comparison) => Pattern::Number {
                comparison,
                than: Decimal::parse(text).ok_or_else(|| format!("{text:?} is no number"))?,
            },
        })
    }
}

fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" => Ok(true),
        "false" | "no" => Ok(false),
        _ => Err(format!("exists takes true or false, not {text:?}")),
    }
}
