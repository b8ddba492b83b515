//! What `alog trail status` prints.

use std::io::Write;

use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::subscription::Subscription;
use activity_log_core::trail::progress::Period;
use activity_log_core::trail::{Attempts, Trail};
use activity_log_core::window::Window;
use serde_json::json;

use crate::printable;

/// The windows that could be archived now and are not: the oldest, and how many.
fn waiting(trail: &Trail, subscription: &Subscription, now: Instant) -> Option<(Window, u64)> {
    let mut trail = trail.clone();
    // However many digests wait.
    trail.settings.validation = false;
    trail.progress.chained = false;
    trail.progress.undigested.clear();
    let oldest = trail.due_window(now, subscription)?;
    let mut windows = 0;
    while let Some(window) = trail.due_window(now, subscription) {
        windows += 1;
        trail = trail.archived(window, subscription);
    }
    Some((oldest, windows))
}

/// The digests that could be delivered now and are not: the period of the oldest, and how many.
fn waiting_digests(trail: &Trail) -> Option<(Period, u64)> {
    let mut trail = trail.clone();
    let oldest = trail.due_digest()?;
    let mut digests = 0;
    while trail.due_digest().is_some() {
        digests += 1;
        trail.progress.undigested.remove(0);
    }
    Some((oldest, digests))
}

/// For people.
pub fn print(
    trail: &Trail,
    subscription: &Subscription,
    now: Instant,
    out: &mut impl Write,
) -> std::io::Result<()> {
    let Trail {
        settings,
        logging,
        progress,
        delivery,
        ..
    } = trail;
    writeln!(out, "{} {}", trail.account, trail.name)?;
    let mut line =
        |what: &str, text: String| writeln!(out, "  {what:<9} {}", printable::escape(&text));
    let (state, since) = if logging.is_on() {
        ("on", logging.started)
    } else {
        ("off", logging.stopped)
    };
    let since = since.map_or(String::new(), |since| format!(", since {since}"));
    line("logging", format!("{state}{since}"))?;
    let prefix = settings.prefix.as_deref().unwrap_or_default();
    line("bucket", format!("s3://{}/{prefix}", settings.bucket))?;
    line(
        "archived",
        progress.watermark.map_or("nothing".to_owned(), |window| {
            format!("up to {}", window.end())
        }),
    )?;
    line(
        "waiting",
        waiting(trail, subscription, now).map_or("nothing".to_owned(), |(oldest, windows)| {
            format!("{windows} windows, the oldest of {}", oldest.start())
        }),
    )?;
    line("archives", attempts(&delivery.archives))?;
    let validation = if settings.validation { "" } else { "off; " };
    let waiting = waiting_digests(trail).map_or(String::new(), |(oldest, digests)| {
        format!("{digests} wait, the oldest of {}; ", oldest.from.start())
    });
    let digests = attempts(&delivery.digests);
    line("digests", format!("{validation}{waiting}{digests}"))?;
    if let Some(last) = &progress.last_digest {
        line("", format!("s3://{}/{}", last.bucket, last.key))?;
    }
    Ok(())
}

/// For people, on one line: whether it logs, how far it is, how late, and what fails.
pub fn summary(trail: &Trail, subscription: &Subscription, now: Instant) -> String {
    let logging = if trail.logging.is_on() { "on" } else { "off" };
    let archived = trail.progress.watermark.map_or(String::new(), |window| {
        format!(", archived up to {}", window.end())
    });
    let late = waiting(trail, subscription, now).map_or(String::new(), |(oldest, windows)| {
        let lag_seconds = (now.millis() - oldest.end().millis()) / SECOND;
        format!(", {windows} windows wait, lag {lag_seconds} s")
    });
    let digests = waiting_digests(trail).map_or(String::new(), |(_, digests)| {
        format!(", {digests} digests wait")
    });
    let failing = [
        ("archives", &trail.delivery.archives),
        ("digests", &trail.delivery.digests),
    ];
    let failing = failing.iter().filter_map(|(what, attempts)| {
        let error = attempts.error.as_ref()?;
        Some(format!("; {what} FAIL: {error}"))
    });
    let failing: String = failing.collect();
    printable::escape(&format!(
        "{}  {logging}{archived}{late}{digests}{failing}",
        trail.name
    ))
}

/// Headings of a list of trails; the windows and the digests are those that wait.
pub const HEADER: [&str; 8] = [
    "ACCOUNT",
    "NAME",
    "LOGGING",
    "ARCHIVED-UNTIL",
    "WINDOWS",
    "DIGESTS",
    "BUCKET",
    "DELIVERY",
];

/// For people, under those headings.
pub fn cells(trail: &Trail, subscription: &Subscription, now: Instant) -> [String; 8] {
    let logging = if trail.logging.is_on() { "on" } else { "off" };
    let archived = trail.progress.watermark.map(Window::end);
    let windows = waiting(trail, subscription, now).map_or(0, |(_, windows)| windows);
    let digests = waiting_digests(trail).map_or(0, |(_, digests)| digests);
    let prefix = trail.settings.prefix.as_deref().unwrap_or_default();
    [
        trail.account.to_string(),
        trail.name.to_string(),
        logging.to_owned(),
        archived.map_or(String::new(), |end| end.to_string()),
        windows.to_string(),
        digests.to_string(),
        format!("s3://{}/{prefix}", trail.settings.bucket),
        delivery(trail),
    ]
}

/// `ok`, or what fails and since when.
fn delivery(trail: &Trail) -> String {
    let failing = [
        ("archives", &trail.delivery.archives),
        ("digests", &trail.delivery.digests),
    ];
    let failing = failing.iter().filter_map(|(what, attempts)| {
        let error = attempts.error.as_ref()?;
        let since = attempts.failing_since;
        let since = since.map_or(String::new(), |since| format!(" since {since}"));
        Some(format!("{what} FAIL{since}: {error}"))
    });
    let failing: Vec<String> = failing.collect();
    if failing.is_empty() {
        "ok".to_owned()
    } else {
        failing.join("; ")
    }
}

fn attempts(attempts: &Attempts) -> String {
    let delivered = attempts
        .delivered
        .map_or("none delivered".to_owned(), |delivered| {
            format!("last delivered {delivered}")
        });
    match (&attempts.error, attempts.failing_since) {
        (Some(error), Some(since)) => format!("{delivered}; FAILING since {since}: {error}"),
        (Some(error), None) => format!("{delivered}; FAILING: {error}"),
        (None, _) => delivered,
    }
}

/// For machines.
pub fn as_json(trail: &Trail, subscription: &Subscription, now: Instant) -> serde_json::Value {
    let time = |time: Option<Instant>| time.map(|time| time.to_string());
    let attempts = |attempts: &Attempts| {
        json!({
            "attempted": time(attempts.attempted),
            "delivered": time(attempts.delivered),
            "error": attempts.error,
            "failingSince": time(attempts.failing_since),
        })
    };
    let waiting = waiting(trail, subscription, now);
    let digests = waiting_digests(trail);
    json!({
        "account": trail.account.to_string(),
        "name": trail.name,
        "id": trail.id,
        "logging": trail.logging.is_on(),
        "started": time(trail.logging.started),
        "stopped": time(trail.logging.stopped),
        "bucket": trail.settings.bucket,
        "prefix": trail.settings.prefix,
        "validation": trail.settings.validation,
        "archivedUntil": time(trail.progress.watermark.map(Window::end)),
        "waitingWindows": waiting.map_or(0, |(_, windows)| windows),
        "waitingSince": time(waiting.map(|(oldest, _)| oldest.end())),
        "waitingDigests": digests.map_or(0, |(_, digests)| digests),
        "waitingDigestsSince": time(digests.map(|(oldest, _)| oldest.to.end())),
        "archives": attempts(&trail.delivery.archives),
        "digests": attempts(&trail.delivery.digests),
        "lastDigest": trail.progress.last_digest.as_ref().map(|digest| &digest.key),
    })
}
