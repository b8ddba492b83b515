//! `alog account show`: all there is to know of an account, from the control table.

use std::io::Write;

use activity_log_control::{
    Account, Accounts, Day, PluginReader, ReportReader, TrailReader, UsageCount, UsageReader,
};
use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use anyhow::Context as _;

use super::{limits, subscription};
use crate::printable;
use crate::trail::status;

/// How many days of usage are shown.
const DAYS: u32 = 7;

/// What is read for it.
#[derive(Debug)]
pub struct Tables<A, U, T, R, P> {
    /// the record
    pub accounts: A,
    /// what it took in
    pub usage: U,
    /// its trails
    pub trails: T,
    /// its reports
    pub reports: R,
    /// its plugin versions
    pub plugins: P,
}

/// What there is to know.
#[derive(Debug)]
pub struct Overview {
    account: Account,
    usage: Vec<(Day, UsageCount)>,
    trails: Vec<Trail>,
    reports: usize,
    reports_generating: usize,
    plugins: usize,
}

impl<A: Accounts, U: UsageReader, T: TrailReader, R: ReportReader, P: PluginReader>
    Tables<A, U, T, R, P>
{
    /// All of it, as it is now.
    pub async fn overview(&self, id: AccountId, now: Instant) -> anyhow::Result<Overview> {
        let account = self.accounts.account(id).await?;
        let account = account.with_context(|| format!("no account {id}"))?;
        let (usage, trails, reports, plugins) = tokio::try_join!(
            self.usage.usage(id, Day::of(now), DAYS),
            self.trails.trails(id),
            self.reports.reports(id, now),
            self.plugins.plugins(id, now),
        )?;
        let generating = reports.iter().filter(|report| report.is_unfinished(now));
        Ok(Overview {
            account,
            usage,
            trails,
            reports_generating: generating.count(),
            reports: reports.len(),
            plugins: plugins.len(),
        })
    }
}

impl Overview {
    /// For people.
    pub fn print(&self, now: Instant, out: &mut impl Write) -> std::io::Result<()> {
        writeln!(
            out,
            "{} {}",
            self.account.id,
            printable::escape(self.account.name.as_str())
        )?;
        block(out, "created", [self.account.created.to_string()])?;
        block(out, "kept", [kept(&self.account)])?;
        block(out, "subscribed", [subscription::state(&self.account, now)])?;
        block(out, "limits", limits::lines(&self.account))?;
        block(out, "usage", usage(&self.usage))?;
        let subscription = &self.account.subscription;
        let trails = self.trails.iter();
        let trails = trails.map(|trail| status::summary(trail, subscription, now));
        block(out, "trails", trails)?;
        let reports = format!(
            "{} stored, {} of them generating",
            self.reports, self.reports_generating
        );
        block(out, "reports", [reports])?;
        block(out, "plugins", [format!("{} versions", self.plugins)])
    }
}

/// For people: how long the account's events are kept.
pub fn kept(account: &Account) -> String {
    let days = account.retention_override_days;
    days.map_or("as long as the stack says (default)".to_owned(), |days| {
        format!("{days} days")
    })
}

/// Lines under a heading; `none` if there are none.
fn block(
    out: &mut impl Write,
    heading: &str,
    lines: impl IntoIterator<Item = String>,
) -> std::io::Result<()> {
    let mut heading = heading;
    for line in lines {
        writeln!(out, "  {heading:<10} {line}")?;
        heading = "";
    }
    if !heading.is_empty() {
        writeln!(out, "  {heading:<10} none")?;
    }
    Ok(())
}

/// A table: a line a day, and their sum.
fn usage(days: &[(Day, UsageCount)]) -> Vec<String> {
    let line = |day: &str, cells: [&str; 4]| {
        let [events, bytes, duplicates, rejected] = cells;
        format!("{day:<10}  {events:>12}  {bytes:>16}  {duplicates:>10}  {rejected:>10}")
    };
    let counted = |day: &str, count: &UsageCount| {
        let cells = [count.events, count.bytes, count.duplicates, count.rejected];
        let cells = cells.map(|cell| cell.to_string());
        line(day, cells.each_ref().map(String::as_str))
    };
    let mut sum = UsageCount::default();
    let mut lines = vec![line(
        "day (UTC)",
        ["events", "bytes", "duplicates", "rejected"],
    )];
    for (day, count) in days {
        sum += *count;
        lines.push(counted(&day.to_string(), count));
    }
    lines.push(counted("sum", &sum));
    lines
}

#[cfg(test)]
mod tests {
    use activity_log_control::memory::InMemory;
    use activity_log_control::{
        Limit, NewAccount, Registry as _, ReportLimits, ReportWriter as _, TrailWriter as _,
        Usage as _,
    };
    use activity_log_core::instant::DAY;
    use activity_log_core::reports::{Format, Report, ReportId, ReportRequest, State};
    use activity_log_core::subscription::Subscription;

    use super::*;
    use crate::operator::tests::now;

    impl Tables<InMemory, InMemory, InMemory, InMemory, InMemory> {
        pub(crate) fn in_memory(control: &InMemory) -> Self {
            Self {
                accounts: control.clone(),
                usage: control.clone(),
                trails: control.clone(),
                reports: control.clone(),
                plugins: control.clone(),
            }
        }
    }

    async fn account(control: &InMemory, retention_override_days: Option<u32>) -> AccountId {
        let id = "111122223333".parse().unwrap();
        let new = NewAccount {
            id,
            name: "Demo \u{202e}x".parse().unwrap(),
            retention_override_days,
        };
        control.create_account(new, now()).await.unwrap();
        id
    }

    async fn shown(control: &InMemory, id: AccountId, now: Instant) -> String {
        let overview = Tables::in_memory(control).overview(id, now).await.unwrap();
        let mut out = Vec::new();
        overview.print(now, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[tokio::test]
    async fn a_new_account_has_defaults_and_nothing_else() {
        let control = InMemory::new();
        let id = account(&control, None).await;
        assert_eq!(
            shown(&control, id, now()).await,
            "111122223333 Demo \\u{202e}x\n\
             \x20 created    2026-11-20T12:00:00Z\n\
             \x20 kept       as long as the stack says (default)\n\
             \x20 subscribed on, without an end\n\
             \x20 limits     trails=2 (default)\n\
             \x20            reports=5 (default)\n\
             \x20            reports-generating=2 (default)\n\
             \x20            plugins=50 (default)\n\
             \x20            lookup-rate=100 (default)\n\
             \x20            ingest-rate=500 (default)\n\
             \x20 usage      day (UTC)         events             bytes  duplicates    rejected\n\
             \x20            2026-11-14             0                 0           0           0\n\
             \x20            2026-11-15             0                 0           0           0\n\
             \x20            2026-11-16             0                 0           0           0\n\
             \x20            2026-11-17             0                 0           0           0\n\
             \x20            2026-11-18             0                 0           0           0\n\
             \x20            2026-11-19             0                 0           0           0\n\
             \x20            2026-11-20             0                 0           0           0\n\
             \x20            sum                    0                 0           0           0\n\
             \x20 trails     none\n\
             \x20 reports    0 stored, 0 of them generating\n\
             \x20 plugins    0 versions\n"
        );
        let unknown = "444455556666".parse().unwrap();
        let unknown = Tables::in_memory(&control).overview(unknown, now()).await;
        let error = unknown.unwrap_err();
        assert_eq!(error.to_string(), "no account 444455556666");
    }

    #[tokio::test]
    async fn what_an_account_has_and_took_in_is_counted() {
        let control = InMemory::new();
        let id = account(&control, Some(365)).await;
        let set = control.set_limit(id, Limit::LookupRate, Some(7)).await;
        set.unwrap();
        for (days_ago, events) in [(0, 1_234_567), (6, 33), (7, 99)] {
            let count = UsageCount {
                events,
                bytes: events * 1_200,
                duplicates: 2,
                rejected: 1,
            };
            let day = Day::of(now()).plus(-days_ago);
            control.add(id, day, count).await.unwrap();
        }
        for (number, state) in [
            (1, State::Queued),
            (2, State::Cancelled { finished: now() }),
        ] {
            let report = report(id, number, state);
            control.create_report(&report, LIMITS).await.unwrap();
        }
        for name in ["audit", "plain"] {
            let trail = trail(id, name);
            control.create_trail(&trail, 5).await.unwrap();
        }
        let printed = shown(&control, id, now().plus_millis(21 * 60_000)).await;
        for line in [
            "  kept       365 days\n",
            "             lookup-rate=7\n",
            "             2026-11-14            33             39600           2           1\n",
            "             2026-11-20       1234567        1481480400           2           1\n",
            "             sum              1234600        1481520000           4           2\n",
            "  trails     audit  on, archived up to 2026-11-20T12:05:00Z, 3 windows wait, lag 660 s; \
             archives FAIL: NoSuchBucket\n             plain  off\n",
            "  reports    2 stored, 1 of them generating\n",
        ] {
            assert!(printed.contains(line), "{line}\n{printed}");
        }
        // A day later each has moved up by one.
        let printed = shown(&control, id, now().plus_millis(DAY)).await;
        assert!(printed.contains("  usage      day (UTC)"), "{printed}");
        assert!(!printed.contains("2026-11-14") && printed.contains("2026-11-21"));
    }

    const LIMITS: ReportLimits = ReportLimits {
        stored: 5,
        unfinished: 2,
        own_only: false,
    };

    fn report(account: AccountId, number: u8, state: State) -> Report {
        let request = ReportRequest {
            format: Format::Csv,
            start: Instant::from_seconds(0),
            end: now(),
            filters: vec![],
            conditions: vec![],
            columns: vec![],
            plugin: None,
        };
        let id = ReportId::new(now(), [number; 10]);
        let mut report = Report::new(account, id, "alice".to_owned(), request, now());
        report.state = state;
        report
    }

    /// One that fails, and one that has never logged.
    fn trail(account: AccountId, name: &str) -> Trail {
        let id = format!("{name:0>16}");
        let mut trail = Trail::new(
            account,
            name.parse().unwrap(),
            &id,
            ("logs", account),
            now(),
        );
        trail.settings.validation = false;
        if name == "audit" {
            trail.logging.start(now()).unwrap();
            let subscription = Subscription::since(now());
            let first = trail.next_window(&subscription).unwrap();
            trail = trail.archived(first, &subscription);
            let archives = &mut trail.delivery.archives;
            archives.failed(first.end().plus_millis(60_000), "NoSuchBucket");
        }
        trail
    }
}
