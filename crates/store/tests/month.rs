//! What a month of a small account costs: write units of every way in, read units and rounds of every kind of lookup,
//! beside what they may be. Larger ones: `cargo bench --bench store`.

use activity_log_benches::month::account::Account;
use activity_log_benches::month::tables::{Misses, busy_minute, reads, writes, writes_head};
use activity_log_benches::month::{Plan, World};
use activity_log_benches::real::load;

async fn months(a_month: u64, misses: &mut Misses) {
    let plans = [1, 10, 100, 1_000].map(|batch| Plan {
        a_month,
        batch,
        days: 30,
    });
    told(&plans, misses).await;
}

async fn told(plans: &[Plan], misses: &mut Misses) {
    let Some(events) = load() else { return };
    let world = World::new(&events);
    let mut lines = Vec::new();
    println!("{}", writes_head());
    for plan in plans {
        let account = Account::live(&world, plan).await;
        println!("{}", writes(plan, &account, misses));
        lines.extend(reads(plan, &account, misses).await);
    }
    for line in lines {
        println!("{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_events() {
    let mut misses = Misses::default();
    months(10_000, &mut misses).await;
    assert_eq!(misses.told(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_thousand_events() {
    let mut misses = Misses::default();
    months(100_000, &mut misses).await;
    assert_eq!(misses.told(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_busy_minute() {
    let Some(events) = load() else { return };
    let world = World::new(&events);
    let plan = Plan {
        a_month: 100_000,
        batch: 100,
        days: 2,
    };
    let mut misses = Misses::default();
    println!(
        "{}",
        busy_minute(&world, &plan, 400, 180, &mut misses).await
    );
    assert_eq!(misses.told(), [""; 0]);
}

/// A larger one, named by `ACTIVITY_LOG_MONTH`: events a month, batch, days.
#[tokio::test(start_paused = true)]
#[ignore = "takes minutes"]
async fn as_many_as_the_environment_says() {
    let Ok(text) = std::env::var("ACTIVITY_LOG_MONTH") else {
        return;
    };
    let numbers: Vec<u64> = text.split(' ').map(|word| word.parse().unwrap()).collect();
    let plan = Plan {
        a_month: numbers[0],
        batch: usize::try_from(numbers[1]).unwrap(),
        days: u32::try_from(numbers[2]).unwrap(),
    };
    let mut misses = Misses::default();
    told(&[plan], &mut misses).await;
    for miss in misses.told() {
        println!("MORE THAN IT MAY: {miss}");
    }
}
