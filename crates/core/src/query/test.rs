//! What a value must say: one kind of test, for attributes of events and for fields of records.

use std::borrow::Cow;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::MAX_VALUE_CHARS;

/// Most values of a list.
pub const MAX_VALUES: usize = 50;

/// What must be said. Of an event with several values, such as names of resources, one of them must say it; where the
/// test is negated, none may. So a negated test holds where there is no value at all.
///
/// As JSON it is one of `equals`, `notEquals` (a text or a list), `prefix`, `notPrefix`, `contains`, `notContains` and
/// `exists`, and `ignoreCase`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "TestShape", into = "TestShape")]
pub struct Test {
    /// what
    pub says: Says,
    /// whether it must not
    pub negated: bool,
    /// whether letters' case does not count
    pub ignore_case: bool,
}

/// What a value may say.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Says {
    /// exactly one of these
    Is(Vec<String>),
    /// this at its start
    Prefix(String),
    /// this somewhere
    Contains(String),
    /// anything but nothing: it is there, and not empty
    Something,
}

/// Why a test is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TestError {
    /// none of the members that make a test, or several
    #[error("has one of equals, notEquals, prefix, notPrefix, contains, notContains and exists")]
    NotOne,
    /// `ignoreCase` beside `exists`
    #[error("ignoreCase goes with a text to compare with, and exists has none")]
    NoText,
    /// no value, or more than [`MAX_VALUES`]
    #[error("{0} values; 1 to {MAX_VALUES}")]
    Values(usize),
    /// empty, or longer than [`MAX_VALUE_CHARS`]
    #[error(
        "a text to compare with has {0} characters; 1 to {MAX_VALUE_CHARS} (exists asks for what is not there or empty)"
    )]
    Length(usize),
}

impl Test {
    /// Exactly this.
    pub fn is(value: impl Into<String>) -> Self {
        Self::of(Says::Is(vec![value.into()]))
    }

    /// This, and letters' case counts.
    pub const fn of(says: Says) -> Self {
        Self {
            says,
            negated: false,
            ignore_case: false,
        }
    }

    /// The same the other way round.
    #[must_use]
    pub fn inverted(self) -> Self {
        Self {
            negated: !self.negated,
            ..self
        }
    }

    /// The values of which one must be there to the letter: what an index can be asked for.
    pub fn values(&self) -> Option<&[String]> {
        match &self.says {
            Says::Is(values) if !self.negated && !self.ignore_case => Some(values),
            _ => None,
        }
    }

    /// The texts it compares with.
    pub fn texts(&self) -> &[String] {
        match &self.says {
            Says::Is(values) => values,
            Says::Prefix(text) | Says::Contains(text) => std::slice::from_ref(text),
            Says::Something => &[],
        }
    }

    /// Whether it can be asked.
    pub fn check(&self) -> Result<(), TestError> {
        let texts = self.texts();
        match &self.says {
            Says::Something if self.ignore_case => return Err(TestError::NoText),
            Says::Is(_) if !(1..=MAX_VALUES).contains(&texts.len()) => {
                return Err(TestError::Values(texts.len()));
            }
            _ => {}
        }
        let lengths = texts.iter().map(|text| text.chars().count());
        let mut bad = lengths.filter(|chars| !(1..=MAX_VALUE_CHARS).contains(chars));
        bad.next()
            .map_or(Ok(()), |chars| Err(TestError::Length(chars)))
    }

    /// Ready to be tried on many values.
    pub fn ready(&self) -> Ready<'_> {
        let texts = self.texts().iter();
        Ready {
            says: &self.says,
            negated: self.negated,
            ignore_case: self.ignore_case,
            texts: texts
                .map(|text| {
                    if self.ignore_case {
                        folded(text).into()
                    } else {
                        text.as_str().into()
                    }
                })
                .collect(),
        }
    }
}

/// The letters in lower case, each by itself: what a text says is not changed by what stands beside it.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// A [`Test`] whose texts are prepared.
#[derive(Clone, Debug)]
pub struct Ready<'t> {
    says: &'t Says,
    negated: bool,
    ignore_case: bool,
    texts: Vec<Cow<'t, str>>,
}

impl Ready<'_> {
    /// Whether the test is negated: it holds where no value [says](Self::says) it.
    pub const fn is_negated(&self) -> bool {
        self.negated
    }

    /// Whether a value says it, whether that is wanted or not.
    pub fn says(&self, value: &str) -> bool {
        let value: Cow<'_, str> = if self.ignore_case {
            folded(value).into()
        } else {
            value.into()
        };
        let mut texts = self.texts.iter();
        match self.says {
            Says::Is(_) => texts.any(|text| *text == value),
            Says::Prefix(_) => texts.any(|text| value.starts_with(&**text)),
            Says::Contains(_) => texts.any(|text| value.contains(&**text)),
            Says::Something => !value.is_empty(),
        }
    }

    /// Whether the test holds for something that has these values.
    pub fn holds<'v>(&self, values: impl IntoIterator<Item = &'v str>) -> bool {
        let mut values = values.into_iter();
        values.any(|value| self.says(value)) != self.negated
    }
}

/// A test as JSON has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the members are the wire's")]
pub struct TestShape {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equals: Option<Texts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_equals: Option<Texts>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_contains: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ignore_case: Option<bool>,
}

/// A text, or a list of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Texts {
    /// one, not in a list
    One(String),
    /// a list
    Many(Vec<String>),
}

impl Texts {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or a list of strings")
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts::One(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(Texts::Many(texts))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl TryFrom<TestShape> for Test {
    type Error = TestError;

    fn try_from(shape: TestShape) -> Result<Self, TestError> {
        let is = |texts: Option<Texts>| texts.map(|texts| Says::Is(texts.into_list()));
        let exists = shape.exists.map(|there| (Says::Something, !there));
        let tests = [
            is(shape.equals).map(|says| (says, false)),
            is(shape.not_equals).map(|says| (says, true)),
            shape.prefix.map(|text| (Says::Prefix(text), false)),
            shape.not_prefix.map(|text| (Says::Prefix(text), true)),
            shape.contains.map(|text| (Says::Contains(text), false)),
            shape.not_contains.map(|text| (Says::Contains(text), true)),
            exists,
        ];
        let mut tests = tests.into_iter().flatten();
        let (Some((says, negated)), None) = (tests.next(), tests.next()) else {
            return Err(TestError::NotOne);
        };
        Ok(Self {
            says,
            negated,
            ignore_case: shape.ignore_case.unwrap_or_default(),
        })
    }
}

impl From<Test> for TestShape {
    fn from(test: Test) -> Self {
        let mut shape = Self {
            ignore_case: test.ignore_case.then_some(true),
            ..Self::default()
        };
        match test.says {
            Says::Is(mut values) => {
                let texts = match values.len() {
                    1 => values.pop().map(Texts::One),
                    _ => Some(Texts::Many(values)),
                };
                *(if test.negated {
                    &mut shape.not_equals
                } else {
                    &mut shape.equals
                }) = texts;
            }
            Says::Prefix(start) if test.negated => shape.not_prefix = Some(start),
            Says::Prefix(start) => shape.prefix = Some(start),
            Says::Contains(part) if test.negated => shape.not_contains = Some(part),
            Says::Contains(part) => shape.contains = Some(part),
            Says::Something => shape.exists = Some(!test.negated),
        }
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(json: &str) -> Test {
        let test: Test = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&test).unwrap(), json);
        test
    }

    #[test]
    fn one_value_none_and_many() {
        let expected: [(&str, [bool; 5]); 12] = [
            (r#"{"equals":"ab"}"#, [true, false, false, false, true]),
            (
                r#"{"equals":["x","ab"]}"#,
                [true, false, false, false, true],
            ),
            (r#"{"notEquals":"ab"}"#, [false, true, true, true, false]),
            (
                r#"{"notEquals":["x","ab"]}"#,
                [false, true, true, true, false],
            ),
            (r#"{"prefix":"a"}"#, [true, false, false, false, true]),
            (r#"{"notPrefix":"a"}"#, [false, true, true, true, false]),
            (r#"{"contains":"b"}"#, [true, false, false, false, true]),
            (r#"{"notContains":"b"}"#, [false, true, true, true, false]),
            (r#"{"exists":true}"#, [true, true, false, false, true]),
            (r#"{"exists":false}"#, [false, false, true, true, false]),
            (
                r#"{"equals":"Ab","ignoreCase":true}"#,
                [true, true, false, false, true],
            ),
            (
                r#"{"notContains":"B","ignoreCase":true}"#,
                [false, false, true, true, false],
            ),
        ];
        let values: [&[&str]; 5] = [&["ab"], &["AB"], &[], &[""], &["", "q", "ab"]];
        for (json, expected) in expected {
            let test = test(json);
            test.check().unwrap();
            let holds = values.map(|values| test.ready().holds(values.iter().copied()));
            assert_eq!(holds, expected, "{json}");
        }
    }

    #[test]
    fn case_is_of_every_alphabet_and_of_each_letter_alone() {
        let ready = |text: &str| {
            let mut test = Test::of(Says::Prefix(text.to_owned()));
            test.ignore_case = true;
            test
        };
        assert!(ready("ПЕТЯ").ready().says("петя@example.com"));
        // Written with a final sigma, it would not be the start of a longer word.
        assert!(ready("ΣΑΣ").ready().says("σασα"));
    }

    #[test]
    fn what_is_no_test_says_why() {
        let refused = |json: &str| {
            let read = serde_json::from_str::<Test>(json);
            let read = read.map_err(|error| error.to_string());
            let checked = read.and_then(|test| test.check().map_err(|error| error.to_string()));
            checked.unwrap_err()
        };
        for json in [
            "{}",
            r#"{"equals":"a","exists":true}"#,
            r#"{"ignoreCase":true}"#,
        ] {
            assert!(refused(json).starts_with("has one of equals"), "{json}");
        }
        assert!(refused(r#"{"exists":true,"ignoreCase":true}"#).starts_with("ignoreCase goes"));
        assert_eq!(refused(r#"{"equals":[]}"#), "0 values; 1 to 50");
        let many = format!(r#"{{"equals":{}}}"#, serde_json::json!(vec!["a"; 51]));
        assert_eq!(refused(&many), "51 values; 1 to 50");
        let empty = "a text to compare with has 0 characters; 1 to 2000 (exists asks for what is not there or empty)";
        for json in [
            r#"{"equals":""}"#,
            r#"{"notEquals":["a",""]}"#,
            r#"{"prefix":""}"#,
        ] {
            assert_eq!(refused(json), empty);
        }
        let long = format!(r#"{{"contains":"{}"}}"#, "é".repeat(2_001));
        assert!(refused(&long).starts_with("a text to compare with has 2001 characters"));
        assert!(refused(r#"{"equals":7}"#).contains("a string or a list of strings"));
    }
}
