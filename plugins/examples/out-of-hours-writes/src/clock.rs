//! Times of day and days of the week, at a fixed offset.

use std::fmt;
use std::str::FromStr;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY_MINUTES: i64 = 24 * 60;

/// When an event was, where it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// from Monday, 0
    pub weekday: usize,
    /// of the day
    pub minute: u16,
}

impl Local {
    /// Of an RFC 3339 time.
    pub fn parse(time: &str, offset: Offset) -> Option<Self> {
        let (date, rest) = time.split_once(['T', 't', ' '])?;
        let [year, month, day] = numbers(date, "-", [4, 2, 2])?;
        let (clock, zone) = rest.split_at(rest.find(['Z', 'z', '+', '-'])?);
        let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
        let [hour, minute, second] = numbers(clock, ":", [2, 2, 2])?;
        let zone = if zone.eq_ignore_ascii_case("z") {
            Offset(0)
        } else {
            zone.parse().ok()?
        };
        if !(1..=12).contains(&month)
            || !(1..=31).contains(&day)
            || hour > 23
            || minute > 59
            || second > 60
        {
            return None;
        }
        let minutes = days(year, month, day) * DAY_MINUTES + hour * 60 + minute - zone.0 + offset.0;
        Some(Self {
            // The first of January 1970 was a Thursday.
            weekday: usize::try_from((minutes.div_euclid(DAY_MINUTES) + 3).rem_euclid(7)).ok()?,
            minute: u16::try_from(minutes.rem_euclid(DAY_MINUTES)).ok()?,
        })
    }
}

impl fmt::Display for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:02}:{:02}",
            DAYS[self.weekday],
            self.minute / 60,
            self.minute % 60
        )
    }
}

/// Days since 1970, by Howard Hinnant's `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Numbers of so many digits each.
fn numbers<const N: usize>(text: &str, between: &str, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        let part = parts.next().filter(|part| part.len() == digits)?;
        *number = i64::from(
            part.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| part.parse::<u32>().ok())??,
        );
    }
    parts.next().is_none().then_some(numbers)
}

/// Minutes ahead of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offset(i64);

impl FromStr for Offset {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "write it like +03:00 or -05:30, at most 14 hours";
        let (sign, digits) = match text.split_at_checked(1) {
            Some(("+", digits)) => (1, digits),
            Some(("-", digits)) => (-1, digits),
            _ => return Err(WRONG),
        };
        match numbers(digits, ":", [2, 2]) {
            Some([hours, minutes]) if minutes < 60 && hours * 60 + minutes <= 14 * 60 => {
                Ok(Self(sign * (hours * 60 + minutes)))
            }
            _ => Err(WRONG),
        }
    }
}

/// From one time of day to another, maybe over midnight; the end does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from: u16,
    to: u16,
}

impl Span {
    pub const BUSINESS: Self = Self {
        from: 9 * 60,
        to: 18 * 60,
    };

    pub fn contains(self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ends = text
            .split_once('-')
            .and_then(|(from, to)| Some((time(from)?, time(to)?)));
        match ends {
            Some((from, to)) if from != to && from < 24 * 60 => Ok(Self { from, to }),
            _ => Err("write it like 09:00-18:00"),
        }
    }
}

fn time(text: &str) -> Option<u16> {
    let [hour, minute] = numbers(text.trim(), ":", [2, 2])?;
    let minutes = hour * 60 + minute;
    (minute < 60 && minutes <= DAY_MINUTES).then(|| u16::try_from(minutes).ok())?
}

/// Days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekdays([bool; 7]);

impl Weekdays {
    pub const BUSINESS: Self = Self([true, true, true, true, true, false, false]);

    pub fn contains(self, weekday: usize) -> bool {
        self.0[weekday]
    }
}

impl FromStr for Weekdays {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "write it like mon-fri or mon,wed,sun";
        let day = |name: &str| {
            DAYS.iter()
                .position(|day| day.eq_ignore_ascii_case(name.trim()))
                .ok_or(WRONG)
        };
        let mut days = [false; 7];
        for part in text.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let (mut at, to) = (day(from)?, day(to)?);
            days[at] = true;
            while at != to {
                at = (at + 1) % 7;
                days[at] = true;
            }
        }
        Ok(Self(days))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let at = |time| Local::parse(time, Offset(0)).map(|local| local.to_string());
        assert_eq!(at("1970-01-01T00:00:00Z").as_deref(), Some("Thu 00:00"));
        assert_eq!(at("2024-02-29T23:59:60Z").as_deref(), Some("Thu 23:59"));
        assert_eq!(
            at("2000-03-01T00:00:00+01:00").as_deref(),
            Some("Tue 23:00")
        );
        assert_eq!(
            at("1969-12-31 23:00:00.123-02:00").as_deref(),
            Some("Thu 01:00")
        );
        for wrong in [
            "",
            "2026-03-02",
            "2026-03-02T09:00:00",
            "2026-13-02T09:00:00Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02T+9:00:00Z",
        ] {
            assert_eq!(at(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn weekdays_go_round() {
        assert_eq!(
            "sat-mon, WED".parse(),
            Ok(Weekdays([true, false, true, false, false, true, true]))
        );
        assert_eq!("mon-sun".parse(), Ok(Weekdays([true; 7])));
    }
}
