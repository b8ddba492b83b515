//! Records of the windows of deleted trails go here, and not in the call that deletes a trail: they may be thousands.

use activity_log_control::{BoxError, DeletedTrail, TrailArchive};
use activity_log_core::causes::chain;
use activity_log_core::instant::{Instant, SECOND};

use crate::app::{App, Ports};
use crate::metrics::Cleaned;

/// Trails read at once.
const TRAILS: usize = 25;
/// Records deleted at once.
const RECORDS: usize = 100;
/// Nothing is begun with less than this left of the invocation, in milliseconds. The next tick goes on.
const LEAST_TIME_MS: i64 = 60 * SECOND;

/// Deletes what deleted trails left, until there is nothing or time runs out. A trail that fails is logged and counted,
/// and keeps no other back.
pub async fn clean<P: Ports>(app: &App<P>, end: Instant) -> Cleaned {
    let (mut cleaned, mut after) = (Cleaned::default(), None);
    while app.now() < end.plus_millis(-LEAST_TIME_MS) {
        let trails = app.ports.trails();
        let page = match trails.deleted_trails(after.as_ref(), TRAILS).await {
            Ok(page) => page,
            Err(error) => {
                cleaned.uncleaned_trails += 1;
                tracing::error!(error = chain(&error), "deleted trails could not be read");
                break;
            }
        };
        for trail in &page.entries {
            match clean_one(app, trail, end).await {
                Ok(true) => cleaned.cleaned_trails += 1,
                Ok(false) => return cleaned,
                Err(error) => {
                    cleaned.uncleaned_trails += 1;
                    tracing::error!(
                        trail = trail.0,
                        error = chain(&*error),
                        "records of a deleted trail stay"
                    );
                }
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    cleaned
}

/// Says whether nothing is left; `false`: there was no time.
async fn clean_one<P: Ports>(
    app: &App<P>,
    trail: &DeletedTrail,
    end: Instant,
) -> Result<bool, BoxError> {
    while app.now() < end.plus_millis(-LEAST_TIME_MS) {
        if app.ports.trails().clean_up(trail, RECORDS).await? {
            return Ok(true);
        }
    }
    Ok(false)
}
