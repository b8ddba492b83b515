//! What a month costs, of any size: `cargo bench --bench store -- EVENTS_A_MONTH BATCH [DAYS]`, or without arguments a
//! million events in hundreds. Prints write units an event, read units and rounds of lookups, and what exceeds its goal.
//!
//! Ten million take minutes and some GB: with fewer days what is said of writes holds, and of lookups that read the index
//! of every day less.

use std::time::Instant;

use activity_log_benches::month::account::Account;
use activity_log_benches::month::tables::{Misses, busy_minute, reads, writes, writes_head};
use activity_log_benches::month::{Plan, World};
use activity_log_benches::real::load;

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(run());
}

/// The numbers among the arguments; cargo adds some of its own.
fn numbers() -> Vec<u64> {
    let arguments = std::env::args().skip(1);
    arguments
        .filter_map(|argument| argument.parse().ok())
        .collect()
}

async fn run() {
    let Some(events) = load() else { return };
    let world = World::new(&events);
    let numbers = numbers();
    let number = |at: usize, else_: u64| numbers.get(at).copied().unwrap_or(else_);
    let plan = Plan {
        a_month: number(0, 1_000_000),
        batch: usize::try_from(number(1, 100)).expect("a batch"),
        days: u32::try_from(number(2, 30)).expect("days"),
    };
    let mut misses = Misses::default();
    let begun = Instant::now();
    let account = Account::live(&world, &plan).await;
    println!("{}", writes_head());
    println!("{}", writes(&plan, &account, &mut misses));
    println!(
        "{} days with {} events in {:?}",
        plan.days,
        account.events,
        begun.elapsed()
    );
    for line in reads(&plan, &account, &mut misses).await {
        println!("{line}");
    }
    drop(account);
    let two_days = Plan { days: 2, ..plan };
    for minutes_ago in [180, 1] {
        let line = busy_minute(&world, &two_days, 400, minutes_ago, &mut misses).await;
        println!("{line}");
    }
    for miss in misses.told() {
        println!("MORE THAN IT MAY: {miss}");
    }
}
