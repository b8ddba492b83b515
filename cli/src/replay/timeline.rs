//! The order of the records, and how far they are moved.

use activity_log_core::instant::Instant;

use crate::logs::record::Record;

/// Puts the records in order of time; those without one come first, and those of one time stay in
/// the order of their files.
pub fn sort(records: &mut [Record]) {
    records.sort_by_key(|record| record.time.as_ref().map(|time| time.at));
}

/// By how many seconds to move all records so that the newest happens at `until`, rounded down to
/// a second; less than a second before it, if the newest has a fraction of one.
pub fn shift_seconds(sorted: &[Record], until: Instant) -> i64 {
    let newest = sorted.last().and_then(|record| record.time.as_ref());
    let Some(newest) = newest else {
        return 0;
    };
    let until = i128::from(until.seconds()) * 1_000_000_000;
    let nanos = until - newest.at.unix_timestamp_nanos();
    i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;

    fn instant(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn records(times: &[&str]) -> Vec<Record> {
        let file = Arc::from(Path::new("x.json"));
        let text = |time: &&str| format!(r#"{{"eventTime":"{time}"}}"#);
        let mut records: Vec<Record> = times
            .iter()
            .map(text)
            .enumerate()
            .map(|(index, text)| Record::new(&file, index, &text))
            .collect();
        sort(&mut records);
        records
    }

    #[test]
    fn the_order_is_of_time_then_of_the_file() {
        let records = records(&[
            "2023-07-10T12:00:01Z",
            "2023-07-10T12:00:00Z",
            "never",
            "2023-07-10T15:00:00+03:00",
            "2023-07-10T12:00:00.5Z",
        ]);
        let order: Vec<_> = records.iter().map(|record| record.index).collect();
        assert_eq!(order, [2, 1, 3, 4, 0]);
    }

    #[test]
    fn the_newest_happens_at_the_given_second() {
        let until = instant("2026-11-20T12:00:00.9Z");
        let records = records(&["2023-07-10T12:00:01Z", "2023-07-10T12:00:00Z"]);
        let shift = shift_seconds(&records, until);
        let moved: Vec<_> = records.iter().map(|record| record.moved(shift)).collect();
        assert_eq!(
            moved,
            [
                r#"{"eventTime":"2026-11-20T11:59:59Z"}"#,
                r#"{"eventTime":"2026-11-20T12:00:00Z"}"#
            ]
        );
        assert_eq!(shift_seconds(&[], until), 0);
    }

    #[test]
    fn a_fraction_never_reaches_past_the_target() {
        let until = instant("2026-11-20T12:00:00Z");
        let records = records(&["2023-07-10T12:00:01.250Z"]);
        let shift = shift_seconds(&records, until);
        assert_eq!(
            records[0].moved(shift),
            r#"{"eventTime":"2026-11-20T11:59:59.250Z"}"#
        );
        // A shift into the past works too.
        let until = instant("2020-01-01T00:00:00Z");
        let shift = shift_seconds(&records, until);
        assert_eq!(
            records[0].moved(shift),
            r#"{"eventTime":"2019-12-31T23:59:59.250Z"}"#
        );
    }
}
