//! A rule's YAML as a tree, within caps. What makes small documents large, anchors and aliases, is refused.

use saphyr_parser::{Event, Parser, ScalarStyle};

/// Most scalars, lists and maps of a rule.
const NODES: usize = 5000;
/// How deep they may lie in each other.
const DEPTH: usize = 16;

/// A part of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// nothing, `~`, `null`
    Null,
    /// a scalar without quotation marks, as it is written; what it is differs between readers of YAML
    Plain(String),
    /// a scalar that is a text
    Quoted(String),
    List(Vec<Node>),
    /// in the order it is written, no key twice
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What stands under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let Self::Map(entries) = self else {
            return None;
        };
        entries
            .iter()
            .find(|(own, _)| own == key)
            .map(|(_, node)| node)
    }

    /// A scalar's text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Plain(text) | Self::Quoted(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads one document.
pub fn parse(text: &str) -> Result<Node, String> {
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        nodes: 0,
    };
    let mut document = None;
    loop {
        match reader.next()? {
            Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
            Event::DocumentStart(_) if document.is_some() => {
                return Err(
                    "several YAML documents (---) are not supported: give one rule".to_owned(),
                );
            }
            Event::DocumentStart(_) => {
                let event = reader.next()?;
                document = Some(reader.node(event, 0)?);
            }
            Event::StreamEnd => return document.ok_or_else(|| "it is empty".to_owned()),
            _ => return Err("it is no YAML document".to_owned()),
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    nodes: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<Event<'t>, String> {
        match self.parser.next() {
            Some(Ok((event, _))) => Ok(event),
            Some(Err(error)) => Err(format!("it is no YAML: {error}")),
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'t>, depth: usize) -> Result<Node, String> {
        self.nodes += 1;
        if self.nodes > NODES {
            return Err(format!("it has more than {NODES} values"));
        }
        if depth > DEPTH {
            return Err(format!(
                "its values lie in each other more than {DEPTH} deep"
            ));
        }
        match event {
            Event::Alias(_) => Err("YAML aliases (*name) are not supported".to_owned()),
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(anchor, _)
            | Event::MappingStart(anchor, _)
                if anchor > 0 =>
            {
                Err("YAML anchors (&name) are not supported".to_owned())
            }
            Event::Scalar(text, style, ..) => Ok(scalar(&text, style)),
            Event::SequenceStart(..) => self.list(depth),
            Event::MappingStart(..) => self.map(depth),
            _ => Err("it ends too early".to_owned()),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Node, String> {
        let mut list = vec![];
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Node::List(list)),
                event => list.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Node, String> {
        let mut map: Vec<(String, Node)> = vec![];
        loop {
            let key = match self.next()? {
                Event::MappingEnd => return Ok(Node::Map(map)),
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err("a key is no text".to_owned()),
            };
            if map.iter().any(|(own, _)| *own == key) {
                return Err(format!("the key {key:?} stands twice in one map"));
            }
            let event = self.next()?;
            map.push((key, self.node(event, depth + 1)?));
        }
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Node {
    match text {
        _ if style != ScalarStyle::Plain => Node::Quoted(text.to_owned()),
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        _ => Node::Plain(text.to_owned()),
    }
}

/// Whether readers of YAML 1.1 and 1.2 make different things of a plain scalar, or something that no event says:
/// `yes` is true or a text, `010` is 8 or 10 or a text, `1:30` is 90 or a text, `0x1f` is 31 or a text.
pub fn is_ambiguous(plain: &str) -> bool {
    const TRUTHS: [&str; 4] = ["yes", "no", "on", "off"];
    let lower = plain.to_ascii_lowercase();
    let is_truth = TRUTHS.contains(&&*lower) && is_one_word(plain);
    is_truth || is_odd_number(lower.strip_prefix(['-', '+']).unwrap_or(&lower))
}

/// `yes`, `Yes` and `YES`, not `yEs`.
fn is_one_word(plain: &str) -> bool {
    let rest = &plain[1..];
    rest.bytes().all(|byte| byte.is_ascii_lowercase())
        || plain.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_odd_number(lower: &str) -> bool {
    let all = |text: &str, of: &str| !text.is_empty() && text.chars().all(|char| of.contains(char));
    let based = |prefix, of| lower.strip_prefix(prefix).is_some_and(|rest| all(rest, of));
    let is_begun_by_zero = lower.len() > 1
        && lower.starts_with('0')
        && lower[1..].starts_with(|char: char| char.is_ascii_digit() || char == '_');
    based("0x", "0123456789abcdef_")
        || based("0o", "01234567")
        || based("0b", "01_")
        || (is_begun_by_zero && all(lower, "0123456789_."))
        || (lower.starts_with(|char: char| char.is_ascii_digit())
            && lower.contains('_')
            && all(lower, "0123456789_."))
        || is_sexagesimal(lower)
        || [".inf", ".nan"].contains(&lower)
}

/// Numbers to the base of 60, such as times of day.
fn is_sexagesimal(text: &str) -> bool {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let mut parts = whole.split(':');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let begins = parts.next().is_some_and(is_number);
    let is_part = |part: &str| is_number(part) && part.parse::<u32>().is_ok_and(|part| part < 60);
    begins && whole.contains(':') && parts.all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_of_yaml_differ_on_is_told() {
        for plain in [
            "yes",
            "No",
            "ON",
            "off",
            "0x1F",
            "-0xff",
            "0o17",
            "0b101",
            "010",
            "098",
            "00.5",
            "1_000",
            "1:30",
            "12:30:45",
            "+190:20:30.15",
            ".inf",
            "-.INF",
            ".NaN",
        ] {
            assert!(is_ambiguous(plain), "{plain}");
        }
        for plain in [
            "yEs",
            "y",
            "n",
            "true",
            "0",
            "10",
            "0.5",
            "-1.10",
            "1E3",
            "1:75",
            "::1",
            "10.0.0.1",
            "a:1",
            "0x",
            "0xyz",
            "i-0123",
            "2026-03-02",
            "_1",
            "é",
        ] {
            assert!(!is_ambiguous(plain), "{plain}");
        }
    }
}
