//! Advanced event selectors (`PutEventSelectors`), of the fields that management events have in AWS.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is known of an event when it is selected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts<'a> {
    /// whether it changed nothing
    pub read_only: bool,
    /// `eventName`
    pub name: Option<&'a str>,
    /// `eventSource`
    pub source: Option<&'a str>,
    /// the project
    pub project: Option<&'a str>,
}

/// A selector: takes the events of which all its fields are as they should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdvancedSelector {
    /// what the customer calls it
    pub name: Option<String>,
    /// each field at most once
    pub fields: Vec<FieldSelector>,
}

impl AdvancedSelector {
    /// Whether it takes an event.
    pub fn takes(&self, facts: &Facts<'_>) -> bool {
        self.fields.iter().all(|field| field.takes(facts))
    }
}

/// What a field should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSelector {
    /// which field
    pub field: Field,
    /// each with at least one value
    pub operators: BTreeMap<Operator, Vec<String>>,
}

impl FieldSelector {
    /// As AWS reads several operators of a field: one that takes has to hold, if there are any, and none of those that
    /// leave out.
    fn takes(&self, facts: &Facts<'_>) -> bool {
        let text = match self.field {
            // Whatever is sent to the service is a management event.
            Field::EventCategory => return true,
            Field::ReadOnly => Some(if facts.read_only { "true" } else { "false" }),
            Field::EventSource => facts.source,
            Field::EventName => facts.name,
        };
        let (mut asked, mut taken) = (false, false);
        for (operator, values) in &self.operators {
            let fits =
                text.is_some_and(|text| values.iter().any(|value| operator.fits(text, value)));
            if operator.leaves_out() {
                if fits {
                    return false;
                }
            } else {
                asked = true;
                taken |= fits;
            }
        }
        taken || !asked
    }
}

/// A field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Field {
    /// always `Management`
    EventCategory,
    /// `true` or `false`
    ReadOnly,
    /// the service
    EventSource,
    /// the action
    EventName,
}

impl Field {
    /// All.
    pub const ALL: [Self; 4] = [
        Self::EventCategory,
        Self::ReadOnly,
        Self::EventSource,
        Self::EventName,
    ];

    /// The word of the protocol.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EventCategory => "eventCategory",
            Self::ReadOnly => "readOnly",
            Self::EventSource => "eventSource",
            Self::EventName => "eventName",
        }
    }

    /// From the word of the protocol.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
}

/// How a field is compared: byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operator {
    /// takes what is any of the values
    Equals,
    /// takes what starts with any
    StartsWith,
    /// takes what ends with any
    EndsWith,
    /// leaves out what is any
    NotEquals,
    /// leaves out what starts with any
    NotStartsWith,
    /// leaves out what ends with any
    NotEndsWith,
}

impl Operator {
    const fn leaves_out(self) -> bool {
        matches!(
            self,
            Self::NotEquals | Self::NotStartsWith | Self::NotEndsWith
        )
    }

    fn fits(self, text: &str, value: &str) -> bool {
        match self {
            Self::Equals | Self::NotEquals => text == value,
            Self::StartsWith | Self::NotStartsWith => text.starts_with(value),
            Self::EndsWith | Self::NotEndsWith => text.ends_with(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(field: Field, operators: &[(Operator, &[&str])]) -> FieldSelector {
        let owned = |values: &[&str]| values.iter().map(|one| (*one).to_owned()).collect();
        let operators = operators.iter();
        FieldSelector {
            field,
            operators: operators
                .map(|(operator, values)| (*operator, owned(values)))
                .collect(),
        }
    }

    fn named(name: &str) -> Facts<'_> {
        Facts {
            name: Some(name),
            ..Facts::default()
        }
    }

    #[test]
    fn each_operator_takes_and_leaves_out_what_it_says() {
        let (yes, no) = (["RunInstances"], ["StopInstances", "Run", "runInstances"]);
        for (operator, value) in [
            (Operator::Equals, "RunInstances"),
            (Operator::StartsWith, "RunI"),
            (Operator::EndsWith, "unInstances"),
        ] {
            let one = field(Field::EventName, &[(operator, &["x", value])]);
            let takes = |name: &&str| one.takes(&named(name));
            assert!(yes.iter().all(takes), "{operator:?}");
            let others = no.iter().filter(|name| takes(name)).count();
            // Only the name in another case ends alike.
            assert_eq!(others, usize::from(operator == Operator::EndsWith));
            let not = match operator {
                Operator::Equals => Operator::NotEquals,
                Operator::StartsWith => Operator::NotStartsWith,
                _ => Operator::NotEndsWith,
            };
            let other = field(Field::EventName, &[(not, &["x", value])]);
            for name in yes.iter().chain(&no) {
                assert_ne!(one.takes(&named(name)), other.takes(&named(name)), "{name}");
            }
        }
    }

    #[test]
    fn of_a_field_one_operator_that_takes_must_hold_and_none_that_leaves_out() {
        let one = field(
            Field::EventName,
            &[
                (Operator::StartsWith, &["Describe"]),
                (Operator::Equals, &["GetObject"]),
                (Operator::NotEndsWith, &["Tags"]),
            ],
        );
        for (name, taken) in [
            ("DescribeVpcs", true),
            ("GetObject", true),
            ("DescribeTags", false),
            ("PutObject", false),
        ] {
            assert_eq!(one.takes(&named(name)), taken, "{name}");
        }
    }

    #[test]
    fn all_fields_must_hold_and_what_an_event_has_not_is_no_value() {
        let selector = AdvancedSelector {
            name: None,
            fields: vec![
                field(Field::EventCategory, &[(Operator::Equals, &["Management"])]),
                field(Field::ReadOnly, &[(Operator::Equals, &["false"])]),
                field(
                    Field::EventSource,
                    &[(Operator::NotEquals, &["kms.amazonaws.com"])],
                ),
            ],
        };
        let takes = |read_only, source| {
            selector.takes(&Facts {
                read_only,
                source,
                ..Facts::default()
            })
        };
        assert!(takes(false, Some("ec2.amazonaws.com")) && takes(false, None));
        assert!(!takes(true, Some("ec2.amazonaws.com")));
        assert!(!takes(false, Some("kms.amazonaws.com")));
        let some = field(Field::EventSource, &[(Operator::StartsWith, &[""])]);
        assert!(!some.takes(&Facts::default()));
    }
}
