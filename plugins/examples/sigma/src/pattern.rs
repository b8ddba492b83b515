//! What a rule says of one value.

use std::cmp::Ordering;
use std::net::IpAddr;

use regex_lite::{Regex, RegexBuilder};

use crate::decimal::Decimal;
use crate::event::{Found, Said};

/// Bytes that a compiled regular expression may take.
const REGEX_BYTES: usize = 1 << 20;

/// One value of a rule's field, with the modifiers of that field.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// the field is absent or `null`
    Nothing,
    /// the field is there, or is not
    Exists(bool),
    Text(Glob),
    Equal(Equal),
    Regex(Regex),
    Network(Network),
    Number {
        comparison: Comparison,
        than: Decimal,
    },
}

/// What a value must be.
#[derive(Clone, Debug)]
pub struct Equal {
    pub glob: Glob,
    /// its number, if it is one
    pub number: Option<Decimal>,
    /// it was written in quotation marks: strings of events are then compared with it as texts only
    pub is_quoted: bool,
}

impl Equal {
    fn matches(&self, said: &Said) -> bool {
        if self.glob.matches(&said.text) {
            return true;
        }
        let may_be_number = said.is_number || !self.is_quoted;
        self.number.as_ref().is_some_and(|number| {
            may_be_number && Decimal::parse(&said.text).as_ref() == Some(number)
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Lt,
    Lte,
    Gt,
    Gte,
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Lt => order.is_lt(),
            Self::Lte => order.is_le(),
            Self::Gt => order.is_gt(),
            Self::Gte => order.is_ge(),
        }
    }
}

impl Pattern {
    pub fn regex(text: &str, flags: &str) -> Result<Self, String> {
        if flags.contains('i') && !text.is_ascii() {
            return Err(format!(
                "the regular expression {text:?} is not supported: with i it may have ASCII letters only"
            ));
        }
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
    pub fn matches(&self, found: &Found) -> bool {
        match self {
            Self::Nothing => found.said.is_empty(),
            Self::Exists(wanted) => found.exists == *wanted,
            _ => found.said.iter().any(|said| self.matches_one(said)),
        }
    }

    fn matches_one(&self, said: &Said) -> bool {
        let text = &said.text;
        match self {
            Self::Nothing | Self::Exists(_) => false,
            Self::Text(glob) => glob.matches(text),
            Self::Equal(equal) => equal.matches(said),
            Self::Regex(regex) => regex.is_match(text),
            Self::Network(network) => text.parse().is_ok_and(|address| network.contains(address)),
            Self::Number { comparison, than } => {
                Decimal::parse(text).is_some_and(|number| comparison.holds(number.cmp(than)))
            }
        }
    }
}

/// Text with wildcards: `*` any characters, `?` one; `\*`, `\?` and `\\` the characters themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glob {
    tokens: Vec<Token>,
    is_cased: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    One,
    Any,
}

impl Glob {
    /// Reads it; before and behind it may be anything, if that is said.
    pub fn parse(text: &str, is_cased: bool, before: bool, behind: bool) -> Self {
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
            tokens.push(Token::Char(if is_cased { char } else { folded(char) }));
        }
        if behind {
            any(&mut tokens);
        }
        Self { tokens, is_cased }
    }

    /// Whether all of the text is as this says. Goes back to the last `*` only, so that no pattern takes longer
    /// than its length times the text's.
    pub fn matches(&self, text: &str) -> bool {
        let (mut at, mut rest) = (0, text.chars());
        let mut last_any: Option<(usize, std::str::Chars<'_>)> = None;
        loop {
            let mut ahead = rest.clone();
            match (self.tokens.get(at), ahead.next()) {
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
                (Some(Token::Char(wanted)), Some(char)) if *wanted == self.folded(char) => {
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

impl Glob {
    fn folded(&self, char: char) -> char {
        if self.is_cased { char } else { folded(char) }
    }
}

/// The character without its case: one for one, so that `?` is one character, and whatever stands beside it. By way of
/// the upper case, which `σ` and `ς`, or `k` and the sign for Kelvin, have in common.
fn folded(char: char) -> char {
    if char.is_ascii() {
        return char.to_ascii_lowercase();
    }
    let lower = single(char.to_lowercase(), char);
    let upper = single(lower.to_uppercase(), lower);
    single(upper.to_lowercase(), upper)
}

/// The only character of some; of several (`ß` in upper case is `SS`) the one that they were made of.
fn single(mut chars: impl Iterator<Item = char>, of: char) -> char {
    match (chars.next(), chars.next()) {
        (Some(char), None) => char,
        _ => of,
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
        let bits = bits.trim();
        if !bits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(wrong());
        }
        let bits: u32 = bits.parse().map_err(|_| wrong())?;
        // `::ffff:10.0.0.0/104` is 10.0.0.0/8.
        let (address, bits) = match address.to_canonical() {
            short @ IpAddr::V4(_) if address.is_ipv6() && bits >= 96 => (short, bits - 96),
            _ => (address, bits),
        };
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

    /// An IPv4 address in the clothes of IPv6 (`::ffff:10.1.2.3`) is in the networks of both.
    fn contains(self, address: IpAddr) -> bool {
        let is_in = |address: IpAddr| {
            address.is_ipv6() == self.v6 && number(address) & self.mask == self.address
        };
        is_in(address) || is_in(address.to_canonical())
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
    fn case_is_folded_the_same_way_on_both_sides() {
        let equal = |one: &str, other: &str| Glob::parse(one, false, false, false).matches(other);
        for (one, other) in [
            ("ΟΔΟΣ", "οδος"),
            ("οδοσ", "ΟΔΟΣ"),
            ("ПАРОЛЬ", "пароль"),
            ("İstanbul", "İSTANBUL"),
            ("straße", "STRAẞE"),
            ("STRA?E", "straße"),
            ("\u{212a}elvin", "Kelvin"),
            ("ǅ", "ǆ"),
        ] {
            assert!(equal(one, other), "{one} {other}");
            assert!(equal(other, one) || one.contains('?'), "{other} {one}");
        }
        assert!(!equal("ß", "s") && !equal("é", "e"));
        assert!(!Glob::parse("Σ", true, false, false).matches("σ"));
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
        assert!(within("10.0.0.0/8", "::ffff:10.1.2.3") && !within("10.0.0.0/8", "::10.1.2.3"));
        assert!(within("::/0", "::ffff:10.1.2.3") && within("::ffff:0:0/96", "10.1.2.3"));
        assert!(within("::ffff:10.0.0.0/104", "10.1.2.3"));
        assert!(!within("::ffff:10.0.0.0/104", "::ffff:11.1.2.3"));
        for wrong in [
            "10.0.0.0",
            "10.0.0.0/33",
            "::/129",
            "x/8",
            "10.0.0.0/-1",
            "10.0.0.0/+8",
            "10.0.0.0/",
        ] {
            assert!(Network::parse(wrong).is_err(), "{wrong}");
        }
    }
}
