//! What a rule says of one value.

use std::net::IpAddr;

use regex_lite::{Regex, RegexBuilder};

/// Bytes that a compiled regular expression may take.
const REGEX_BYTES: usize = 1 << 20;

/// One value of a rule's field, with the modifiers of that field.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// the field is absent or `null`
    Nothing,
    /// the field is there, or is not
    Exists(bool),
    Text {
        glob: Glob,
        cased: bool,
    },
    Regex(Regex),
    Network(Network),
    Number {
        comparison: Comparison,
        than: f64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Lt,
    Lte,
    Gt,
    Gte,
}

impl Pattern {
    pub fn regex(text: &str, flags: &str) -> Result<Self, String> {
        let regex = RegexBuilder::new(text)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .dot_matches_new_line(flags.contains('s'))
            .size_limit(REGEX_BYTES)
            .build();
        regex.map(Self::Regex).map_err(|error| {
            format!("the regular expression {text:?} is not supported: {error} (no look-around, no back-references)")
        })
    }

    /// Whether one of a field's values matches. A field that is absent or `null` has none.
    pub fn matches<T: AsRef<str>>(&self, values: &[T], exists: bool) -> bool {
        match self {
            Self::Nothing => values.is_empty(),
            Self::Exists(wanted) => exists == *wanted,
            _ => values.iter().any(|value| self.matches_text(value.as_ref())),
        }
    }

    fn matches_text(&self, text: &str) -> bool {
        match self {
            Self::Nothing | Self::Exists(_) => false,
            Self::Text { glob, cased: true } => glob.matches(text),
            Self::Text { glob, cased: false } => glob.matches(&text.to_lowercase()),
            Self::Regex(regex) => regex.is_match(text),
            Self::Network(network) => text.parse().is_ok_and(|address| network.contains(address)),
            Self::Number { comparison, than } => {
                text.parse().is_ok_and(|number: f64| match comparison {
                    Comparison::Lt => number < *than,
                    Comparison::Lte => number <= *than,
                    Comparison::Gt => number > *than,
                    Comparison::Gte => number >= *than,
                })
            }
        }
    }
}

/// Text with wildcards: `*` any characters, `?` one; `\*`, `\?` and `\\` the characters themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob(Vec<Token>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    One,
    Any,
}

impl Glob {
    /// Reads it; before and behind it may be anything, if that is said. Compared without case, it must be read so too.
    pub fn parse(text: &str, cased: bool, before: bool, behind: bool) -> Self {
        let mut tokens = vec![];
        let any = |tokens: &mut Vec<Token>| {
            if tokens.last() != Some(&Token::Any) {
                tokens.push(Token::Any);
            }
        };
        if before {
            any(&mut tokens);
        }
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            let char = match char {
                '*' => {
                    any(&mut tokens);
                    continue;
                }
                '?' => {
                    tokens.push(Token::One);
                    continue;
                }
                '\\' => chars
                    .next_if(|next| ['*', '?', '\\'].contains(next))
                    .unwrap_or('\\'),
                char => char,
            };
            if cased {
                tokens.push(Token::Char(char));
            } else {
                tokens.extend(char.to_lowercase().map(Token::Char));
            }
        }
        if behind {
            any(&mut tokens);
        }
        Self(tokens)
    }

    /// Whether all of the text is as this says. Goes back to the last `*` only, so that no pattern takes longer
    /// than its length times the text's.
    pub fn matches(&self, text: &str) -> bool {
        let (mut at, mut rest) = (0, text.chars());
        let mut last_any: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let mut ahead = rest.clone();
            match (self.0.get(at), ahead.next()) {
                (Some(Token::Any), _) => {
                    last_any = Some((at, rest.clone()));
                    at += 1;
                    continue;
                }
                (Some(Token::One), Some(_)) => {
                    at += 1;
                    rest = ahead;
                    continue;
                }
                (Some(Token::Char(wanted)), Some(char)) if *wanted == char => {
                    at += 1;
                    rest = ahead;
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((any, from)) = &mut last_any else {
                return false;
            };
            if from.next().is_none() {
                return false;
            }
            at = *any + 1;
            rest = from.clone();
        }
    }
}

/// A network, such as `10.0.0.0/8` or `2001:db8::/32`.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    address: u128,
    mask: u128,
    v6: bool,
}

impl Network {
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no network such as 10.0.0.0/8");
        let (address, bits) = text.split_once('/').ok_or_else(wrong)?;
        let address: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let bits: u32 = bits.trim().parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        if bits > width {
            return Err(wrong());
        }
        // IPv4 addresses are the low 32 bits: the mask covers all above.
        let mask = u128::MAX.checked_shl(width - bits).unwrap_or(0);
        Ok(Self {
            address: number(address) & mask,
            mask,
            v6: address.is_ipv6(),
        })
    }

    fn contains(self, address: IpAddr) -> bool {
        address.is_ipv6() == self.v6 && number(address) & self.mask == self.address
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(pattern: &str, text: &str) -> bool {
        Glob::parse(pattern, true, false, false).matches(text)
    }

    #[test]
    fn wildcards() {
        assert!(glob("a*c?e", "abbbcde") && glob("*", "") && glob("a**", "a"));
        assert!(!glob("a*c?e", "abbbce") && !glob("?", "") && !glob("a", "ab"));
        assert!(glob(r"1\*2\?\\", r"1*2?\") && !glob(r"1\*2", "1x2"));
        assert!(
            glob(r"C:\x*", r"C:\xyz"),
            "a backslash before something else stays"
        );
        assert!(Glob::parse("b", true, true, true).matches("abc"));
    }

    #[test]
    fn many_wildcards_take_no_more_than_their_length_times_the_texts() {
        let pattern = Glob::parse(&"*a".repeat(1000), true, false, false);
        assert!(!pattern.matches(&"a".repeat(999)));
        assert!(!pattern.matches(&"ab".repeat(5000)));
    }

    #[test]
    fn networks() {
        let within = |network: &str, address: &str| {
            Network::parse(network)
                .unwrap()
                .contains(address.parse().unwrap())
        };
        assert!(within("10.0.0.0/8", "10.255.1.2") && !within("10.0.0.0/8", "11.0.0.0"));
        assert!(within("192.0.2.7/32", "192.0.2.7") && within("0.0.0.0/0", "1.2.3.4"));
        assert!(
            within("2001:db8::/32", "2001:db8:ffff::1") && !within("2001:db8::/32", "2001:db9::")
        );
        assert!(within("::/0", "::1") && !within("::/0", "1.2.3.4"));
        for wrong in ["10.0.0.0", "10.0.0.0/33", "::/129", "x/8", "10.0.0.0/-1"] {
            assert!(Network::parse(wrong).is_err(), "{wrong}");
        }
    }
}
