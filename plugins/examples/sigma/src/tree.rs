//! JSON as a tree that keeps what a parser of values loses.
//!
//! Whoever makes a call writes much of its event, and must not be able to hide from a rule, or to stop a report, by what
//! such a parser does not take. A name that stands twice is there twice; half of a surrogate pair is U+FFFD; a number is
//! its digits.

use activity_log_filter::json::{Piece, pieces};

/// How deep objects and lists may lie in each other: events nest at most 64 deep, JSON in their strings as it likes.
const DEPTH: usize = 128;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree {
    Null,
    Truth(bool),
    /// its digits
    Number(String),
    Text(String),
    List(Vec<Tree>),
    /// in the order it is written
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// As JSON, without space.
    pub fn to_json(&self) -> String {
        let mut json = String::new();
        self.write(&mut json);
        json
    }

    fn write(&self, json: &mut String) {
        match self {
            Self::Null => json.push_str("null"),
            Self::Truth(true) => json.push_str("true"),
            Self::Truth(false) => json.push_str("false"),
            Self::Number(digits) => json.push_str(digits),
            Self::Text(text) => write_string(text, json),
            Self::List(entries) => {
                json.push('[');
                for (at, entry) in entries.iter().enumerate() {
                    if at > 0 {
                        json.push(',');
                    }
                    entry.write(json);
                }
                json.push(']');
            }
            Self::Map(fields) => {
                json.push('{');
                for (at, (name, field)) in fields.iter().enumerate() {
                    if at > 0 {
                        json.push(',');
                    }
                    write_string(name, json);
                    json.push(':');
                    field.write(json);
                }
                json.push('}');
            }
        }
    }
}

/// With the short escapes (`\n`), which is what rules are written after.
fn write_string(text: &str, json: &mut String) {
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// A text that is one JSON value and nothing else.
pub fn parse(text: &str) -> Option<Tree> {
    let mut pieces = solid(pieces(text));
    let first = pieces.next()?;
    let tree = value(first, &mut pieces, DEPTH)?;
    pieces.next().is_none().then_some(tree)
}

/// A text that is one JSON object: of its fields those that are wanted.
pub fn object<'t>(
    pieces: &mut dyn Iterator<Item = Piece<'t>>,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Option<Tree> {
    let mut pieces = solid(pieces);
    match pieces.next() {
        Some(Piece::Open("{")) => Some(Tree::Map(fields(&mut pieces, is_wanted, DEPTH)?)),
        _ => None,
    }
}

/// The pieces without the space between them.
fn solid<'t>(pieces: impl Iterator<Item = Piece<'t>>) -> impl Iterator<Item = Piece<'t>> {
    pieces.filter(|piece| !matches!(piece, Piece::Space(_)))
}

/// Of an object that is open.
fn fields<'t>(
    pieces: &mut dyn Iterator<Item = Piece<'t>>,
    is_wanted: &dyn Fn(&str) -> bool,
    depth: usize,
) -> Option<Vec<(String, Tree)>> {
    let mut fields = vec![];
    loop {
        let name = match pieces.next()? {
            Piece::Close("}") => return Some(fields),
            Piece::Comma(_) => continue,
            piece => piece.text()?,
        };
        let (colon, first) = (pieces.next()?, pieces.next()?);
        if !matches!(colon, Piece::Colon(_)) {
            return None;
        }
        if is_wanted(&name) {
            fields.push((name.into_owned(), value(first, pieces, depth)?));
        } else {
            skip(first, pieces)?;
        }
    }
}

/// The value that begins with this piece.
fn value<'t>(
    first: Piece<'t>,
    pieces: &mut dyn Iterator<Item = Piece<'t>>,
    depth: usize,
) -> Option<Tree> {
    let depth = depth.checked_sub(1)?;
    Some(match first {
        Piece::Open("{") => Tree::Map(fields(pieces, &|_| true, depth)?),
        Piece::Open(_) => Tree::List(entries(pieces, depth)?),
        Piece::Scalar("null") => Tree::Null,
        Piece::Scalar("true") => Tree::Truth(true),
        Piece::Scalar("false") => Tree::Truth(false),
        Piece::Scalar(digits) => Tree::Number(digits.to_owned()),
        string => Tree::Text(string.text()?.into_owned()),
    })
}

fn entries<'t>(pieces: &mut dyn Iterator<Item = Piece<'t>>, depth: usize) -> Option<Vec<Tree>> {
    let mut entries = vec![];
    loop {
        match pieces.next()? {
            Piece::Close("]") => return Some(entries),
            Piece::Comma(_) => {}
            first => entries.push(value(first, pieces, depth)?),
        }
    }
}

fn skip<'t>(first: Piece<'t>, pieces: &mut dyn Iterator<Item = Piece<'t>>) -> Option<()> {
    let mut depth = usize::from(matches!(first, Piece::Open(_)));
    while depth > 0 {
        match pieces.next()? {
            Piece::Open(_) => depth += 1,
            Piece::Close(_) => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_as_it_stood() {
        for json in [
            r#"{"b":[1.10,1e999,-0,{}],"a":"\"\n\\é","b":null,"":[true,false,[]]}"#,
            r#""x""#,
            "12345678901234567890123",
        ] {
            assert_eq!(parse(json).unwrap().to_json(), json);
        }
        assert_eq!(
            parse(" { \"a\" : \"\\u0041\\ud800\" } ").unwrap().to_json(),
            "{\"a\":\"A\u{fffd}\"}"
        );
    }

    #[test]
    fn what_is_no_json_is_none() {
        let deep = "[".repeat(129) + &"]".repeat(129);
        for text in ["", "{", "[1", "{} {}", "{1:2}", "[}", "{\"a\",1}", &deep] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert!(parse(&deep[1..257]).is_some());
    }
}
