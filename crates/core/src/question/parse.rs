//! From a text to a clause.

use super::names::{self, Name};
use super::text::Text;
use super::{Clause, MAX_TEXT_BYTES, QuestionError};
use crate::query::{Attribute, Filter, Says, Test};
use crate::reports::Condition;

/// What one may write between a name and a value.
const OPERATOR: &str = "an operator: =, !=, ^= (begins with), *= (contains), !^=, !*=, each with ~ before the = \
     where capital letters do not count, in (A, B) or not in (A, B)";
/// The value of [`Name::Result`] that is no error's code.
const OK: &str = "ok";

/// What stands between a name and a value.
#[derive(Clone, Copy)]
struct Operator {
    kind: Kind,
    negated: bool,
    ignore_case: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// with commas between values
    Is,
    /// with parentheses around them
    In,
    Prefix,
    Contains,
}

pub(super) fn clause(whole: &str) -> Result<Clause, QuestionError> {
    let mut left = Text::new(whole);
    if whole.len() > MAX_TEXT_BYTES {
        let expected = format!("at most {MAX_TEXT_BYTES} bytes, not {}", whole.len());
        return Err(left.expected(0, expected));
    }
    left.spaces();
    let at = left.at();
    let name = left.name()?;
    if name.is_empty() {
        return Err(left.expected(
            at,
            "a name, such as EventName or requestParameters.bucketName",
        ));
    }
    let meant = names::meant(&name).map_err(|error| left.expected(at, error.to_string()))?;
    let operator = operator(&mut left)?;
    left.spaces();
    let of_value = left.at();
    let test = test(&mut left, operator)?;
    let refused = |error: String| left.expected(of_value, error);
    match meant {
        Name::Field(field) => {
            let condition = Condition { field, test };
            match condition.check() {
                Ok(()) => Ok(Clause::Field(condition)),
                Err(error) if error.is_of_the_path() => Err(left.expected(at, error.to_string())),
                Err(error) => Err(refused(error.to_string())),
            }
        }
        Name::Attribute(attribute) => filter(attribute, test).map_err(refused),
        Name::Result => {
            let test = result(test).map_err(|rule| refused(rule.to_owned()))?;
            filter(Attribute::ErrorCode, test).map_err(refused)
        }
    }
}

fn filter(attribute: Attribute, test: Test) -> Result<Clause, String> {
    let filter = Filter::new(attribute, test).map_err(|error| error.to_string())?;
    Ok(Clause::Attribute(filter))
}

fn operator(text: &mut Text<'_>) -> Result<Operator, QuestionError> {
    text.spaces();
    let at = text.at();
    let negated_word = text.word("not");
    if negated_word {
        text.spaces();
    }
    if text.word("in") {
        return Ok(Operator {
            kind: Kind::In,
            negated: negated_word,
            ignore_case: false,
        });
    }
    let negated = text.takes('!');
    let kind = if text.takes('^') {
        Kind::Prefix
    } else if text.takes('*') {
        Kind::Contains
    } else {
        Kind::Is
    };
    let ignore_case = text.takes('~');
    if negated_word || !text.takes('=') {
        return Err(text.expected(at, OPERATOR));
    }
    Ok(Operator {
        kind,
        negated,
        ignore_case,
    })
}

fn test(text: &mut Text<'_>, operator: Operator) -> Result<Test, QuestionError> {
    let at = text.at();
    let says = match operator.kind {
        Kind::Prefix => Says::Prefix(text.rest()?),
        Kind::Contains => Says::Contains(text.rest()?),
        Kind::Is => Says::Is(text.values()?),
        Kind::In => {
            if !text.takes('(') {
                return Err(text.expected(at, "( and values with commas between them"));
            }
            text.close(')')?;
            Says::Is(text.values()?)
        }
    };
    match &says {
        Says::Is(values) if values.is_empty() && operator.kind == Kind::Is => {
            return Ok(Test {
                says: Says::Something,
                // `NAME=` asks for nothing, and `NAME!=` for something.
                negated: !operator.negated,
                ignore_case: false,
            });
        }
        Says::Prefix(value) | Says::Contains(value) if value.is_empty() => {
            return Err(text.expected(at, "a text (NAME!= asks whether there is any)"));
        }
        _ => {}
    }
    Ok(Test {
        says,
        negated: operator.negated,
        ignore_case: operator.ignore_case,
    })
}

/// What is asked of an error's code where the result is asked for: `ok` is none.
fn result(test: Test) -> Result<Test, &'static str> {
    let is_ok = |value: &String| value.eq_ignore_ascii_case(OK);
    match &test.says {
        Says::Is(values) if values.iter().any(is_ok) && values.len() > 1 => {
            Err("ok alone, or codes of errors")
        }
        Says::Is(values) if values.iter().any(is_ok) => Ok(Test {
            says: Says::Something,
            negated: !test.negated,
            ignore_case: false,
        }),
        _ => Ok(test),
    }
}
