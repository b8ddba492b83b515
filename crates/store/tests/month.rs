//! What a month of a small account costs: write units of every way in, read units and rounds of every kind of lookup,
//! beside what they may be. Larger ones: `cargo bench --bench store`.

use activity_log_benches::month::account::Account;
use activity_log_benches::month::formula::{expected, measured};
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

/// Most write units an event of a small account with a trail, whose events come alone.
const WITH_TRAIL: f64 = 1.8;

#[expect(clippy::cast_precision_loss, reason = "ten thousand")]
#[tokio::test(start_paused = true)]
async fn ten_thousand_events_alone_with_a_trail() {
    let Some(events) = load() else { return };
    let world = World::new(&events);
    let plan = Plan {
        a_month: 10_000,
        batch: 1,
        days: 30,
    };
    let account = Account::with_trail(&world, &plan).await;
    println!("{}", writes_head());
    println!("{}", writes(&plan, &account, &mut Misses::default()));
    let events = account.events as f64;
    let (all, archives) = (account.bill.all().write / events, account.archiving.all());
    println!(
        "with a trail: {all:.3} write units an event, {:.4} of them for archives, which read {:.2} read units an event",
        archives.write / events,
        archives.read / events
    );
    // Copies are in no archive, and the last windows are not sealed.
    assert!(
        (9_950..=plan.a_month).contains(&account.archived),
        "{}",
        account.archived
    );
    assert!(
        archives.written > 0,
        "copies are decided about before they are rolled up"
    );
    assert!(all <= WITH_TRAIL, "{all}");
}

/// Write units an event at 10⁹ a month in hundreds: what was asked, and what the formula may say at most.
const BILLION: (f64, f64) = (0.38, 0.45);

#[tokio::test(start_paused = true)]
async fn a_billion_events_by_formula() {
    let Some(events) = load() else { return };
    let world = World::new(&events);
    let plan = |a_month, days| Plan {
        a_month,
        batch: 100,
        days,
    };
    let (busy, small) = (plan(10_000_000, 1), plan(100_000, 30));
    let account = Account::live(&world, &busy).await;
    let by_formula = |plan: &Plan| expected(plan, (&busy, &account));
    println!("{busy:?}: {:?} measured", measured(&account));
    // What the formula says of another size, beside what that takes.
    let (told, is) = (
        by_formula(&small),
        measured(&Account::live(&world, &small).await),
    );
    println!("{small:?}: {told:?} by formula, {is:?} measured");
    let (told, is) = (told.index + told.heads, is.index + is.heads);
    // Rather more: its head is that of a month that is over, and the events are those of a busier account.
    assert!(
        (is..1.3 * is).contains(&told),
        "{told} by formula, {is} measured"
    );
    for a_month in [1_000_000, 10_000_000, 100_000_000, 1_000_000_000] {
        let units = by_formula(&plan(a_month, 30));
        println!(
            "{a_month:.0e} x 100: {:.3} by formula, {units:?}",
            units.all()
        );
    }
    let billion = by_formula(&plan(1_000_000_000, 30)).all();
    println!(
        "10⁹ a month in hundreds: {billion:.3}, asked: {}",
        BILLION.0
    );
    assert!(billion <= BILLION.1, "{billion}");
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
