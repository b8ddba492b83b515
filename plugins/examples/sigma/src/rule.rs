//! A rule, read and checked: what is not supported is an error that names it.

use crate::condition;
use crate::event::Event;
use crate::pattern::{Comparison, Glob, Network, Pattern};
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
    Field(Vec<String>),
    /// any value of the event
    Keywords,
}

impl Target {
    /// The first name of its path.
    pub fn top_level(&self) -> Option<String> {
        match self {
            Self::Field(path) => path.first().cloned(),
            Self::Keywords => None,
        }
    }
}

impl Leaf {
    pub fn matches(&self, event: &Event) -> bool {
        let (values, exists) = match &self.target {
            Target::Field(path) => event.find(path),
            Target::Keywords => (event.scalars(), true),
        };
        self.matches_texts(&values, exists)
    }

    pub fn matches_texts<T: AsRef<str>>(&self, values: &[T], exists: bool) -> bool {
        let mut patterns = self.patterns.iter();
        let matches = |pattern: &Pattern| pattern.matches(values, exists);
        if self.all {
            patterns.all(matches)
        } else {
            patterns.any(matches)
        }
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
        Some(Node::Text(condition)) => condition::parse(condition, &selections)?,
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

/// A rule for another system's log would be evaluated without complaint, and never match.
fn check_source(rule: &Node) -> Result<(), String> {
    let source = rule.get("logsource");
    let says = |key: &str| {
        source
            .and_then(|source| source.get(key))
            .and_then(Node::text)
    };
    for (key, ours) in [("product", "aws"), ("service", "cloudtrail")] {
        if let Some(other) = says(key).filter(|other| !other.eq_ignore_ascii_case(ours)) {
            return Err(format!(
                "logsource.{key} is {other:?}; rules for {ours} are supported"
            ));
        }
    }
    Ok(())
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
        Node::Text(_) => field("", node, leaves),
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
    let path: Vec<String> = name.split('.').map(str::to_owned).collect();
    if path.len() > PATH_NAMES {
        return Err(format!("{name}: its path has more than {PATH_NAMES} names"));
    }
    if path.iter().any(String::is_empty) {
        return Err(format!("{name}: its path has an empty name"));
    }
    Ok(Target::Field(path))
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
        let text = match value {
            Node::Null if self.how == How::Equal => return Ok(Pattern::Nothing),
            Node::Text(text) => text,
            Node::Null => return Err("null goes with no modifier".to_owned()),
            Node::List(_) | Node::Map(_) => return Err("a value is a list or a map".to_owned()),
        };
        let glob = |before, behind| Pattern::Text {
            glob: Glob::parse(text, self.cased, before, behind),
            cased: self.cased,
        };
        Ok(match self.how {
            How::Equal => glob(is_keyword, is_keyword),
            How::Contains => glob(true, true),
            How::StartsWith => glob(false, true),
            How::EndsWith => glob(true, false),
            How::Regex => Pattern::regex(text, &self.regex_flags)?,
            How::Network => Pattern::Network(Network::parse(text)?),
            How::Exists => Pattern::Exists(truth(text)?),
            How::Number(comparison) => Pattern::Number {
                comparison,
                than: text.parse().map_err(|_| format!("{text:?} is no number"))?,
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
