//! The range of time of a report.

use activity_log_core::instant::Instant;

use crate::error::ApiError;
use crate::time::Time;

/// The range a report covers: to now at the latest, from the horizon (now − retention) at the earliest, since
/// nothing else is there to be read.
pub fn range(
    start: Option<Time>,
    end: Option<Time>,
    horizon: Instant,
    now: Instant,
) -> Result<(Instant, Instant), ApiError> {
    let (asked_start, asked_end) = (start.map(Time::start), end.map(Time::end));
    if let (Some(start), Some(end)) = (asked_start, asked_end)
        && start > end
    {
        return Err(ApiError::field(
            "startTime",
            format!("{start} is after endTime, {end}"),
        ));
    }
    if let Some(start) = asked_start
        && start > now
    {
        let rule = format!("{start} is in the future: it is {now} now");
        return Err(ApiError::field("startTime", rule));
    }
    if let Some(end) = asked_end
        && end < horizon
    {
        let rule = format!("{end} is before {horizon}, and nothing older is kept");
        return Err(ApiError::field("endTime", rule));
    }
    let start = asked_start.map_or(horizon, |start| start.max(horizon));
    let end = asked_end.map_or(now, |end| end.min(now));
    Ok((start, end))
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::DAY;

    use super::*;

    const NOW: Instant = Instant::from_seconds(1_795_176_000);
    const HORIZON: Instant = NOW.plus_millis(-30 * DAY);

    fn asked(start: Option<Time>, end: Option<Time>) -> Result<(i64, i64), String> {
        let (start, end) =
            range(start, end, HORIZON, NOW).map_err(|error| error.message().to_owned())?;
        Ok((start.millis() - NOW.millis(), end.millis() - NOW.millis()))
    }

    #[test]
    fn a_range_is_cut_to_what_is_there() {
        let at = |ms| Some(Time::At(NOW.plus_millis(ms)));
        assert_eq!(asked(None, None), Ok((-30 * DAY, 0)));
        assert_eq!(asked(at(-5), at(-3)), Ok((-5, -3)));
        assert_eq!(asked(at(-5), at(-5)), Ok((-5, -5)));
        assert_eq!(asked(at(-31 * DAY), at(DAY)), Ok((-30 * DAY, 0)));
        assert_eq!(
            asked(at(-3), at(-5)).unwrap_err(),
            "startTime: 2026-11-20T11:59:59.997Z is after endTime, 2026-11-20T11:59:59.995Z"
        );
        assert_eq!(
            asked(at(1), None).unwrap_err(),
            "startTime: 2026-11-20T12:00:00.001Z is in the future: it is 2026-11-20T12:00:00Z now"
        );
        assert_eq!(
            asked(None, at(-31 * DAY)).unwrap_err(),
            "endTime: 2026-10-20T12:00:00Z is before 2026-10-21T12:00:00Z, and nothing older is kept"
        );
    }
}
