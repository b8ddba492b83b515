//! Numbers by their digits: `1.10` is `1.1`, `1E3` is `1000`, and 2^53 is not 2^53 + 1.

use std::cmp::Ordering;

/// A number of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    is_negative: bool,
    /// without zeros at either end; none of zero
    digits: Vec<u8>,
    /// how many digits are before the point; of 0.01 it is -1, of zero 0
    magnitude: i64,
}

impl Decimal {
    /// Digits with a sign, a point and an exponent, as far as they are there; nothing of anything else (`nan`, `inf`,
    /// `0x1f`).
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, unsigned) = match text.strip_prefix(['-', '+']) {
            Some(unsigned) => (text.starts_with('-'), unsigned),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let leading = digits.iter().take_while(|digit| **digit == b'0').count();
        let trailing = digits[leading..].iter().rev();
        let trailing = trailing.take_while(|digit| **digit == b'0').count();
        let digits = digits[leading..digits.len() - trailing].to_vec();
        if digits.is_empty() {
            return Some(Self {
                is_negative: false,
                digits,
                magnitude: 0,
            });
        }
        let before = i64::try_from(whole.len()).ok()? - i64::try_from(leading).ok()?;
        Some(Self {
            is_negative,
            digits,
            magnitude: before.saturating_add(exponent),
        })
    }

    /// The order of the absolute values.
    fn size(&self, other: &Self) -> Ordering {
        let key = |one: &Self| (!one.digits.is_empty(), one.magnitude);
        // Digits have no zeros at their beginning, so that they compare as texts do.
        key(self)
            .cmp(&key(other))
            .then_with(|| self.digits.cmp(&other.digits))
    }
}

/// One that no number holds is as far away as one can say.
fn exponent_of(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    const FAR: i64 = i64::MAX / 2;
    let size = digits.parse::<i64>().map_or(FAR, |size| size.min(FAR));
    Some(if text.starts_with('-') { -size } else { size })
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.is_negative, other.is_negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size(other),
            (true, true) => other.size(self),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_they_are_not_how_they_are_written() {
        for same in [
            &["0", "0.0", "-0", "0e5", "+0", "00"][..],
            &["1.1", "1.10", "11e-1", "0.11E+1", "01.1"],
            &["1000", "1E3", "1e+3", "1000.", "0.001e6"],
            &["9007199254740993", "9007199254740993.0"],
            &["-0.01", "-.01", "-1e-2"],
        ] {
            for one in same {
                assert_eq!(Decimal::parse(one), Decimal::parse(same[0]), "{one}");
                assert!(Decimal::parse(one).is_some(), "{one}");
            }
        }
    }

    #[test]
    fn order_is_by_value() {
        let ordered = [
            "-1e999",
            "-10",
            "-9.5",
            "-1",
            "-0.5",
            "0",
            "1e-999",
            "0.01",
            "0.1",
            "0.11",
            "1",
            "9",
            "10",
            "9007199254740992",
            "9007199254740993",
            "1e308",
            "1e99999999999999999999",
        ];
        let numbers = ordered.map(|text| Decimal::parse(text).unwrap());
        assert!(numbers.is_sorted_by(|one, next| one < next));
    }

    #[test]
    fn what_is_no_number_is_none() {
        for text in [
            "", "nan", "inf", "-", ".", "e5", "1e", "1e+", "0x1f", "1_000", "1.2.3", "--1", "1 ",
            "٣",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}
