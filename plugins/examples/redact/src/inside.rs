//! JSON text with its secrets and addresses taken out of it, and all else as it stood: names that stand twice, numbers
//! no float holds, strings that are no Unicode.

use activity_log_filter::json::{Piece, pieces, quoted};

use crate::secret::{HIDDEN, is_secret};

/// The JSON with every string through `text`, and what has a secret's name hidden.
pub fn redacted(json: &str, text: impl Fn(&str) -> String) -> String {
    let mut result = String::with_capacity(json.len());
    let mut place = Place::default();
    for piece in pieces(json) {
        match place.step(piece) {
            Step::Keep => result.push_str(piece.raw()),
            Step::Hide => result.push_str(&quoted(HIDDEN)),
            Step::Drop => {}
            Step::Text(said) => {
                let redacted = text(&said);
                if redacted == said {
                    result.push_str(piece.raw());
                } else {
                    result.push_str(&quoted(&redacted));
                }
            }
        }
    }
    result
}

/// Where in the JSON one is.
#[derive(Default)]
struct Place {
    /// what is open, the innermost last: whether it is an object
    open: Vec<bool>,
    /// whether the next string is a name
    before_name: bool,
    /// whether the last name was a secret's, whose value comes now
    secret: bool,
    /// how much was open where an object or array began that is being left out
    hidden: Option<usize>,
}

/// What becomes of a piece.
enum Step {
    Keep,
    /// the sign for a secret instead of it
    Hide,
    Drop,
    /// it is a string that says this
    Text(String),
}

impl Place {
    fn step(&mut self, piece: Piece<'_>) -> Step {
        let was_open = self.open.len();
        match piece {
            Piece::Open(raw) => self.open.push(raw == "{"),
            Piece::Close(_) => _ = self.open.pop(),
            _ => {}
        }
        if let Some(depth) = self.hidden {
            self.hidden = Some(depth).filter(|depth| self.open.len() > *depth);
            return Step::Drop;
        }
        match piece {
            Piece::Space(_) | Piece::Colon(_) | Piece::Close(_) => Step::Keep,
            Piece::Comma(_) => {
                self.before_name = self.open.last() == Some(&true);
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

    fn string(&mut self, said: String) -> Step {
        if std::mem::take(&mut self.before_name) {
            self.secret = is_secret(&said);
            Step::Keep
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
            assert_eq!(redacted(json, str::to_uppercase), expected);
        }
    }
}
