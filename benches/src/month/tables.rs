//! The tables: units of a month's writes, units and rounds of lookups, beside what they may be.

use std::fmt::Write as _;

use super::account::Account;
use super::lookups::{Cost, Reader, lookups, minute};
use super::{Plan, World};

/// Most write units an event, all in, by how many events come together.
pub const WRITES: [(usize, f64); 4] = [(1, 1.3), (10, 0.45), (100, 0.38), (1_000, 0.32)];
/// Most read units of a page of 50 within a busy minute.
const BUSY_PAGE: f64 = 12.0;

/// What costs more than it may.
#[derive(Debug, Default)]
pub struct Misses(Vec<String>);

impl Misses {
    /// What each is, if there is any.
    pub fn told(&self) -> &[String] {
        &self.0
    }

    fn check(&mut self, name: &str, is: f64, most: f64) {
        if is > most {
            self.0.push(format!("{name}: {is:.3}, at most {most}"));
        }
    }
}

/// What the columns of [`writes`] are.
pub fn writes_head() -> String {
    format!(
        "{:<12}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}   {:>9}{:>9}{:>9}{:>7}{:>9}",
        "write units",
        "arrivals",
        "frames",
        "columns",
        "index",
        "dirs",
        "heads",
        "all",
        "arriving",
        "idle",
        "work",
        "runs",
        "copies"
    )
}

/// A line of write units an event, by kind of item, and of read units: of taking in, of looking whether a roll-up is due,
/// and of rolling up and merging.
#[expect(clippy::cast_precision_loss, reason = "millions")]
pub fn writes(plan: &Plan, account: &Account, misses: &mut Misses) -> String {
    let events = account.events as f64;
    let bill = &account.bill;
    let name = named(plan);
    let mut line = format!("{name:<12}");
    for kind in ['L', 'F', 'C', 'I', 'D', 'H'] {
        let _ = write!(line, "{:>9.4}", bill.of(kind).write / events);
    }
    let all = bill.all();
    let _ = write!(
        line,
        "{:>9.4}   {:>9.4}{:>9.4}{:>9.4}{:>7}{:>9}",
        all.write / events,
        account.arriving / events,
        account.idle / events,
        (all.read - account.arriving - account.idle) / events,
        account.runs,
        account.totals.copies
    );
    if let Some((_, most)) = WRITES.iter().find(|(batch, _)| *batch == plan.batch) {
        misses.check(&format!("writes, {name}"), all.write / events, *most);
    }
    line
}

/// A line for each lookup.
pub async fn reads(plan: &Plan, account: &Account, misses: &mut Misses) -> Vec<String> {
    let mut lines = Vec::new();
    for lookup in lookups(account) {
        let cold = Reader::cold(account);
        let cost = cold.page(account, &lookup.query, lookup.size, None).await;
        lines.push(format!("{:<12}{}", named(plan), line(lookup.name, &cost)));
        let name = format!("{}, {}", lookup.name, named(plan));
        misses.check(&name, cost.units(), lookup.units);
        #[expect(clippy::cast_precision_loss, reason = "a few")]
        misses.check(
            &format!("{name}, rounds"),
            cost.rounds as f64,
            lookup.rounds as f64,
        );
    }
    lines
}

fn named(plan: &Plan) -> String {
    format!("{:.0e} x {}", plan.a_month, plan.batch)
}

fn line(name: &str, cost: &Cost) -> String {
    let mut line = format!(
        "{name:<26}{:>6} events{:>8.1} units in {} rounds  (",
        cost.events,
        cost.units(),
        cost.rounds
    );
    for (kind, charged) in cost.bill.kinds() {
        let _ = write!(line, " {kind} {:.1}/{}", charged.read, charged.found);
    }
    line + " )"
}

/// A minute of many events a second, some time ago, read in pages of 50.
#[expect(clippy::cast_precision_loss, reason = "hundreds")]
pub async fn busy_minute(
    world: &World,
    plan: &Plan,
    a_second: u32,
    minutes_ago: i64,
    misses: &mut Misses,
) -> String {
    let (account, start) = Account::with_minute(world, plan, a_second, minutes_ago).await;
    let query = minute(start);
    let pages = Reader::cold(&account).pages(&account, &query, 50).await;
    let warm = Reader::warm(&account).pages(&account, &query, 50).await;
    let once = Reader::cold(&account)
        .page(&account, &query, 1_000_000, None)
        .await;
    let sum = |pages: &[Cost]| pages.iter().map(Cost::units).sum::<f64>();
    let worst = pages.iter().map(Cost::units).fold(0.0, f64::max);
    let page = sum(&pages) / pages.len() as f64;
    let name = format!(
        "{a_second}/s for a minute, {minutes_ago} min ago, {}",
        named(plan)
    );
    if minutes_ago > 60 {
        misses.check(&name, page, BUSY_PAGE);
    }
    format!(
        "{name}: {} events in {} pages, {page:.2} units a page (worst {worst:.1}), {:.1} times what reading once takes, {:.1} times by a reader that keeps what never changes",
        pages.iter().map(|page| page.events).sum::<usize>(),
        pages.len(),
        sum(&pages) / once.units(),
        sum(&warm) / once.units(),
    )
}
