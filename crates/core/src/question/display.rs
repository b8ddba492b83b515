//! From a clause to the text that says it.

use std::fmt;

use super::Clause;
use super::names::{self, Name};
use super::text::{written_name, written_value};
use crate::query::{Says, Test};

/// As it is parsed again.
impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let test = match self {
            Self::Attribute(filter) => {
                f.write_str(filter.attribute.name())?;
                &filter.test
            }
            Self::Field(condition) => {
                let field = &condition.field;
                if names::meant(field) != Ok(Name::Field(field.clone())) {
                    f.write_str(".")?;
                }
                f.write_str(&written_name(field))?;
                &condition.test
            }
        };
        write(test, f)
    }
}

fn write(test: &Test, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    // `NAME=` asks for nothing.
    let negated = test.negated != (test.says == Says::Something);
    f.write_str(if negated { "!" } else { "" })?;
    f.write_str(match test.says {
        Says::Prefix(_) => "^",
        Says::Contains(_) => "*",
        Says::Is(_) | Says::Something => "",
    })?;
    f.write_str(if test.ignore_case { "~=" } else { "=" })?;
    match &test.says {
        Says::Is(values) => {
            let values: Vec<String> = values.iter().map(|one| written_value(one, true)).collect();
            f.write_str(&values.join(","))
        }
        Says::Prefix(part) | Says::Contains(part) => f.write_str(&written_value(part, false)),
        Says::Something => Ok(()),
    }
}
