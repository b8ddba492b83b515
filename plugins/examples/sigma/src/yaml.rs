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
    /// any other scalar, as it is written
    Text(String),
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
            Self::Text(text) => Some(text),
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
    let is_null = style == ScalarStyle::Plain && ["", "~", "null", "Null", "NULL"].contains(&text);
    if is_null {
        Node::Null
    } else {
        Node::Text(text.to_owned())
    }
}
