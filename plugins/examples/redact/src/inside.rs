//! JSON text with its secrets and addresses taken out of it, and all else as it stood: names that stand twice, numbers
//! no float holds, strings that are no Unicode, and what is cut off or no JSON at all.

use std::collections::BTreeSet;

use activity_log_filter::json::{Piece, pieces, quoted};
use activity_log_secrets::{is_secret, plain};

use crate::secret::HIDDEN;

/// The JSON with every string through `text`, and what has a secret's name hidden: a member of that name, and what is
/// the value of a pair that says it (`{"parameterKey":"Password","parameterValue":"…"}`). Names go through `name`.
pub fn redacted(
    json: &str,
    text: impl Fn(&str) -> String,
    name: impl Fn(&str) -> String,
) -> String {
    let mut result = String::with_capacity(json.len());
    let mut place = Place {
        pairs: secret_pairs(json),
        ..Place::default()
    };
    for piece in pieces(json) {
        match place.step(piece) {
            Step::Keep => result.push_str(piece.raw()),
            Step::Hide => result.push_str(&quoted(HIDDEN)),
            Step::Drop => {}
            Step::Name(said) => push(piece, &said, &name(&said), &mut result),
            Step::Text(said) => push(piece, &said, &text(&said), &mut result),
        }
    }
    result
}

/// What became of a string; as it stood, if that is nothing.
fn push(piece: Piece<'_>, said: &str, redacted: &str, result: &mut String) {
    if redacted == said {
        result.push_str(piece.raw());
    } else {
        result.push_str(&quoted(redacted));
    }
}

/// The objects with a member that names something, and names a secret; each by how many objects and lists are opened
/// before it.
fn secret_pairs(json: &str) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    // Nearly all have no member that is called a value.
    if !["alue", "ALUE", "\\"]
        .iter()
        .any(|sign| json.contains(sign))
    {
        return found;
    }
    let mut opened = 0;
    let mut open: Vec<Opened> = vec![];
    for piece in pieces(json) {
        match piece {
            Piece::Open(raw) => {
                open.push(Opened {
                    number: opened,
                    before_name: raw == "{",
                    is_object: raw == "{",
                    names: false,
                });
                opened += 1;
            }
            Piece::Close(_) => _ = open.pop(),
            Piece::Comma(_) => {
                if let Some(inner) = open.last_mut() {
                    inner.before_name = inner.is_object;
                }
            }
            Piece::String(_) => {
                if let Some(inner) = open.last_mut() {
                    let said = piece.text().unwrap_or_default();
                    if std::mem::take(&mut inner.before_name) {
                        inner.names = names_something(&said);
                    } else if inner.names && is_secret(&said) {
                        found.insert(inner.number);
                    }
                }
            }
            Piece::Colon(_) | Piece::Scalar(_) | Piece::Space(_) => {}
        }
    }
    found
}

struct Opened {
    number: usize,
    is_object: bool,
    /// whether the next string is a name
    before_name: bool,
    /// whether the last name was such as `parameterKey`
    names: bool,
}

/// `name`, `Key`, `parameterName`, `option_name`…
fn names_something(name: &str) -> bool {
    let name = plain(name);
    name.ends_with("key") || name.ends_with("name")
}

/// `value`, `parameterValue`, `resolved_value`, `valueSet`…
fn is_value(name: &str) -> bool {
    plain(name).contains("value")
}

/// Where in the JSON one is.
#[derive(Default)]
struct Place {
    /// the objects whose values are secrets
    pairs: BTreeSet<usize>,
    /// how many objects and lists were opened
    opened: usize,
    /// what is open, the innermost last
    open: Vec<Inner>,
    /// whether the next string is a name
    before_name: bool,
    /// whether the last name was a secret's, whose value comes now
    secret: bool,
    /// how much was open where an object or array began that is being left out
    hidden: Option<usize>,
}

#[derive(Clone, Copy)]
struct Inner {
    is_object: bool,
    is_pair: bool,
}

/// What becomes of a piece.
enum Step {
    Keep,
    /// the sign for a secret instead of it
    Hide,
    Drop,
    /// it is a member's name
    Name(String),
    /// it is a string that says this
    Text(String),
}

impl Place {
    fn step(&mut self, piece: Piece<'_>) -> Step {
        let was_open = self.open.len();
        match piece {
            Piece::Open(raw) => self.push(raw == "{"),
            Piece::Close(_) => _ = self.open.pop(),
            _ => {}
        }
        if let Some(depth) = self.hidden {
            self.hidden = Some(depth).filter(|depth| self.open.len() > *depth);
            return Step::Drop;
        }
        match piece {
            Piece::Space(_) | Piece::Colon(_) => Step::Keep,
            Piece::Close(_) => {
                self.secret = false;
                Step::Keep
            }
            Piece::Comma(_) => {
                self.before_name = self.open.last().is_some_and(|inner| inner.is_object);
                self.secret = false;
                Step::Keep
            }
            Piece::Open(raw) if !std::mem::take(&mut self.secret) => {
                self.before_name = raw == "{";
                Step::Keep
            }
            Piece::Open(_) => {
                self.hidden = Some(was_open);
                Step::Hide
            }
            Piece::String(_) => self.string(piece.text().unwrap_or_default().into_owned()),
            // Neither says anything.
            Piece::Scalar("null" | "true" | "false") => {
                self.secret = false;
                Step::Keep
            }
            Piece::Scalar(_) if std::mem::take(&mut self.secret) => Step::Hide,
            Piece::Scalar(_) => Step::Keep,
        }
    }

    fn push(&mut self, is_object: bool) {
        let is_pair = self.pairs.contains(&self.opened);
        self.opened += 1;
        self.open.push(Inner { is_object, is_pair });
    }

    fn string(&mut self, said: String) -> Step {
        if std::mem::take(&mut self.before_name) {
            let is_pair = self.open.last().is_some_and(|inner| inner.is_pair);
            self.secret = is_secret(&said) || (is_pair && is_value(&said));
            Step::Name(said)
        } else if std::mem::take(&mut self.secret) {
            Step::Hide
        } else {
            Step::Text(said)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upper(json: &str) -> String {
        redacted(json, str::to_uppercase, str::to_owned)
    }

    #[test]
    fn what_has_a_secrets_name_is_hidden_whatever_it_is() {
        for (json, expected) in [
            (r#"{"token":{"a":[{}]},"b":1}"#, r#"{"token":"***","b":1}"#),
            (
                r#"{"token" : [ ] ,"tokens":[[1],2]}"#,
                r#"{"token" : "***" ,"tokens":"***"}"#,
            ),
            (
                r#"[{"token":1},"token",{"token":"***"}]"#,
                r#"[{"token":"***"},"TOKEN",{"token":"***"}]"#,
            ),
            (
                r#"{"token":null,"a":"b","token":true,"c":["d"]}"#,
                r#"{"token":null,"a":"B","token":true,"c":["D"]}"#,
            ),
            (
                r#"{"a":{"token":"x"},"b":"c"}"#,
                r#"{"a":{"token":"***"},"b":"C"}"#,
            ),
        ] {
            assert_eq!(upper(json), expected);
        }
    }

    #[test]
    fn the_values_of_pairs_are_hidden_where_the_name_is_a_secrets() {
        for (json, expected) in [
            (
                r#"[{"parameterKey":"DbPassword","parameterValue":"x"},{"parameterKey":"Size","parameterValue":"y"}]"#,
                r#"[{"parameterKey":"DBPASSWORD","parameterValue":"***"},{"parameterKey":"SIZE","parameterValue":"Y"}]"#,
            ),
            (
                r#"{"Value":"x","Name":"API_KEY","n":{"value":"y"}}"#,
                r#"{"Value":"***","Name":"API_KEY","n":{"value":"Y"}}"#,
            ),
            (
                r#"{"optionName":"pwd","value":{"a":1},"usePreviousValue":true}"#,
                r#"{"optionName":"PWD","value":"***","usePreviousValue":true}"#,
            ),
            (
                r#"{"key":["x"],"a":{"key":"token","values":["x"]},"value":"y"}"#,
                r#"{"key":["X"],"a":{"key":"TOKEN","values":"***"},"value":"Y"}"#,
            ),
            (
                r#"{"name":"secretArn","value":"x"}"#,
                r#"{"name":"SECRETARN","value":"X"}"#,
            ),
        ] {
            assert_eq!(upper(json), expected);
        }
    }

    #[test]
    fn what_is_cut_off_or_no_json_hides_no_less() {
        for (json, expected) in [
            (
                r#"{"password":"x","a":"b","#,
                r#"{"password":"***","a":"B","#,
            ),
            (r#"{"a":{"password":"x"#, r#"{"a":{"password":"***""#),
            (r#"{"password":"x",XXXX}}"#, r#"{"password":"***",XXXX}}"#),
            (r#"{"password","a":"b"}"#, r#"{"password","a":"B"}"#),
        ] {
            assert_eq!(upper(json), expected);
        }
    }
}
