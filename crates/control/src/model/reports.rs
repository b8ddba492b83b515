//! What both tables decide in the same way about reports.

use activity_log_core::instant::Instant;
use activity_log_core::reports::{Report, State};

use super::document::Document as _;
use super::limits::MOST_KEPT;
use crate::ports::{ReportClaim, ReportLimits};

impl ReportLimits {
    /// The finished reports that must go, oldest first, so that there is a place for one more of this user's beside
    /// `reports`; `None` if there can be none. `reports` are by id, and none of them is forgotten.
    pub(crate) fn room(self, user: &str, reports: &[Report], now: Instant) -> Option<Vec<Report>> {
        let stored = self.stored.min(MOST_KEPT as usize);
        let (unfinished, finished): (Vec<&Report>, Vec<&Report>) =
            reports.iter().partition(|report| report.is_unfinished(now));
        if unfinished.len() >= self.unfinished {
            return None;
        }
        let too_many = (reports.len() + 1).saturating_sub(stored);
        let may_go = |report: &&Report| !self.own_only || report.created_by == user;
        let mut going: Vec<Report> = finished.into_iter().filter(may_go).cloned().collect();
        let has_room = too_many <= going.len();
        going.truncate(too_many);
        has_room.then_some(going)
    }
}

/// What a run that asks for the report at `now` is told; where the report is its own, as it then is to be
/// written.
pub(crate) fn claim(stored: Option<&Report>, now: Instant, until: Instant) -> ReportClaim {
    let Some(report) = stored.filter(|report| report.is_kept(now) && report.is_unfinished(now))
    else {
        return ReportClaim::Done {
            stored: stored.cloned().map(Box::new),
        };
    };
    if report.claimed_until.is_some_and(|until| until > now) {
        return ReportClaim::Taken;
    }
    ReportClaim::Ours(Box::new(Report {
        revision: report.revision + 1,
        state: State::Generating,
        touched: now,
        claimed_until: Some(until),
        attempts: report.attempts + 1,
        ..report.clone()
    }))
}

/// What a run is told that renews its claim.
pub(crate) enum Renewal {
    /// it is renewed as soon as this is written
    Ours(Box<Report>),
    /// there is nothing to renew
    Ended,
    /// another run has it
    Lost,
}

/// The claim that ended at `from`, or at a time up to `until` where the answer of a renewal was lost.
pub(crate) fn renewal(stored: Option<&Report>, from: Instant, until: Instant) -> Renewal {
    let generating = stored.filter(|report| report.state == State::Generating);
    let Some((report, held)) = generating.and_then(|report| Some((report, report.claimed_until?)))
    else {
        return Renewal::Ended;
    };
    if !(from..=until).contains(&held) {
        return Renewal::Lost;
    }
    Renewal::Ours(Box::new(Report {
        revision: report.revision + 1,
        claimed_until: Some(until),
        ..report.clone()
    }))
}
