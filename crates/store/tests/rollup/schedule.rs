//! Random schedules over the real code: ingest, roll-ups, merges, decisions and readers go on in random order, and die
//! anywhere; time passes, and what has expired is deleted.
//!
//! `ROLLUP_SCHEDULES` says how many; each has its own number, which a failure tells.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::port::block_on;
use activity_log_core::head::Head;
use activity_log_core::index::Block;
use activity_log_core::instant::{Instant, MINUTE, SECOND};
use activity_log_core::items::key::ArrivalKey;
use activity_log_core::items::{Consistency, Created, Item, ItemWriter};
use activity_log_core::origin::Rank;
use activity_log_core::pack::{Arrival, PackEncoder};
use activity_log_core::rollup::arrivals::{Span, read};
use activity_log_core::rollup::decide::{Decision, decide};
use activity_log_core::rollup::merge::{DAY_TIER, Merged, merge};
use activity_log_core::rollup::roll::{Limits, Step, roll};
use activity_log_core::slot::{MAX_WRITE_MS, Slot};
use activity_log_store::memory::MemoryItems;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use crate::port::{self, Port, pause};
use crate::stage::{Came, Clock, Sent, account, batch, task};
use crate::stored::{check, head, rank, rows_of, verdicts};

const STEPS: usize = 1_000;
const POLLS: usize = 12;

/// Mistakes that the schedules must notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// slots are rolled up that are not sealed
    OpenWindow,
    /// whoever commits does not look at the clock
    CommitLate,
    /// runs are named by their slots
    NamedBySlots,
    /// arrivals expire before they are rolled up
    ShortArrivals,
    /// readers take the blocks of one head and the watermark of a later one
    OlderHead,
    /// one of the port's
    Port(port::Wrong),
}

struct World {
    items: MemoryItems,
    clock: Clock,
    mistake: Option<Mistake>,
    came: RefCell<Vec<Came>>,
    acknowledged: RefCell<BTreeSet<u32>>,
    /// what was archived of slots: the rows that stayed
    archived: RefCell<Vec<Archived>>,
    seen: RefCell<Seen>,
}

/// Slots, and the rows of their arrivals that stayed.
type Archived = (Span, BTreeSet<(ArrivalKey, u32)>);

/// How often what is to be tested came about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub reads: usize,
    pub merges: usize,
    pub days: usize,
    pub lost: usize,
    pub drops: usize,
}

type Job<'w> = Pin<Box<dyn Future<Output = Result<(), String>> + 'w>>;

impl World {
    fn port(&self) -> Port<'_> {
        let wrong = match self.mistake {
            Some(Mistake::Port(wrong)) => Some(wrong),
            _ => None,
        };
        Port::yielding(&self.items, wrong)
    }

    fn is(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    async fn ingest(&self, sent: Vec<Sent>, pauses: usize) -> Result<(), String> {
        let begun = self.clock.now();
        for _ in 0..pauses {
            pause().await;
        }
        let is_late = self.clock.now() > begun.plus_millis(MAX_WRITE_MS);
        if is_late && !self.is(Mistake::CommitLate) {
            return Ok(());
        }
        let (mut item, came) = batch(&sent, begun, 1);
        if self.is(Mistake::ShortArrivals) {
            item.expires = begun.plus_millis(40 * SECOND);
        }
        if self.items.create(&item).await.unwrap() == Created::New {
            self.came.borrow_mut().extend(came);
        }
        pause().await;
        let numbers = sent.iter().map(|sent| sent.number);
        self.acknowledged.borrow_mut().extend(numbers);
        Ok(())
    }

    async fn roll(&self, limits: Limits) -> Result<(), String> {
        let ahead = if self.is(Mistake::OpenWindow) {
            30 * SECOND
        } else {
            0
        };
        let clock = &self.clock;
        let now = || clock.now().plus_millis(ahead);
        let limits = Limits {
            runs_are_named_by_slots: self.is(Mistake::NamedBySlots),
            ..limits
        };
        let mut encoder = PackEncoder::new().unwrap();
        let step = roll(&self.port(), task(), &mut encoder, limits, &now).await;
        let step = step.map_err(|error| format!("roll-up: {error}"))?;
        self.seen.borrow_mut().lost += usize::from(matches!(step, Step::Lost));
        Ok(())
    }

    async fn merge(&self) -> Result<(), String> {
        let clock = &self.clock;
        // What is hidden from a roll-up is not from a merge, which would only miss it.
        let port = match self.mistake {
            Some(Mistake::Port(port::Wrong::HidesBlocks)) => Port::yielding(&self.items, None),
            _ => self.port(),
        };
        let merged = merge(&port, task(), &|| clock.now()).await;
        let merged = merged.map_err(|error| format!("merge: {error}"))?;
        let is_day = |block: &Block| block.tier == DAY_TIER;
        let has_day = head(&self.items).await.blocks.iter().any(is_day);
        let mut seen = self.seen.borrow_mut();
        seen.merges += usize::from(matches!(merged, Merged::Blocks(_)));
        seen.days += usize::from(has_day);
        Ok(())
    }

    async fn decide(&self, slots: i64) -> Result<(), String> {
        let upto = Slot::last_sealed(self.clock.now());
        let span = Span {
            after: Some(Slot::from_number(upto.number() - slots)),
            upto,
        };
        let clock = &self.clock;
        let decision = decide(&self.port(), account(), span, &|| clock.now()).await;
        match decision.map_err(|error| format!("decision: {error}"))? {
            Decision::Settled(settled) => {
                let drops: BTreeSet<_> = settled
                    .drops
                    .iter()
                    .map(|drop| (drop.arrival, drop.row))
                    .collect();
                self.seen.borrow_mut().drops += drops.len();
                let rows = settled.arrivals.iter().flat_map(|one| {
                    (0..u32::try_from(one.pack.rows()).unwrap()).map(|row| (one.key, row))
                });
                let stays = rows.filter(|row| !drops.contains(row)).collect();
                let of_arrivals = Span {
                    after: span.after.max(settled.head.watermark),
                    upto,
                };
                self.archived.borrow_mut().push((of_arrivals, stays));
            }
            Decision::RollUpFirst => return Err("nothing here is that much".to_owned()),
            Decision::Lost => {}
        }
        Ok(())
    }

    /// Reads everything as a reader does: L0 above an older watermark, then a head and what it lists.
    async fn read(&self) -> Result<(), String> {
        let begun = self.clock.now();
        let must = self.acknowledged.borrow().clone();
        let port = Port::yielding(&self.items, None);
        let old = head(&port).await;
        let span = Span {
            after: old.watermark,
            upto: Slot::of(begun).next(),
        };
        let found = read(&port, account(), 1, span, usize::MAX, Consistency::Strong)
            .await
            .unwrap();
        let mut head = head(&port).await;
        if self.is(Mistake::OlderHead) {
            head.blocks = old.blocks;
        }
        let mut seen: BTreeMap<u32, BTreeSet<Rank>> = BTreeMap::new();
        for block in &head.blocks {
            for row in rows_of(&port, block)
                .await
                .map_err(|error| format!("a reader: {error}"))?
            {
                if !seen
                    .entry(number(&row.id))
                    .or_default()
                    .insert(rank(&row.origin))
                {
                    return Err(format!("{} is twice in L1", row.id));
                }
            }
        }
        for (key, item) in &found.items {
            if head.watermark.is_none_or(|mark| key.slot > mark) {
                add(&mut seen, item);
            }
        }
        self.seen.borrow_mut().reads += 1;
        match must.iter().find(|number| !seen.contains_key(number)) {
            Some(number) => Err(format!("e{number} was accepted and is not read")),
            None => Ok(()),
        }
    }
}

fn number(id: &str) -> u32 {
    id[1..].parse().unwrap()
}

fn add(seen: &mut BTreeMap<u32, BTreeSet<Rank>>, item: &Item) {
    let arrival = Arrival::of(item).unwrap();
    for row in 0..arrival.pack.rows() {
        let (_, id) = activity_log_core::event::identity(arrival.pack.text(row)).unwrap();
        seen.entry(number(&id)).or_default();
    }
}

/// What is sent next: new events, some of them late, copies of some time ago, other texts under their ids, forgeries.
fn next_batch(random: &mut StdRng, sent: &mut Vec<Sent>, now: Instant) -> Vec<Sent> {
    let mut batch: Vec<Sent> = Vec::new();
    for _ in 0..random.random_range(1..4) {
        let old = (!sent.is_empty() && random.random_bool(0.3)).then(|| {
            let back = random.random_range(1..=sent.len().min(60));
            sent[sent.len() - back]
        });
        let event = if let Some(old) = old {
            Sent {
                text: old.text + u32::from(random.random_bool(0.2)),
                rank: [Rank::Producer, Rank::LetIn, Rank::Own][random.random_range(0..3)],
                ..old
            }
        } else {
            let age = [SECOND, 20 * SECOND, 20 * MINUTE][random.random_range(0..3)];
            let event = Sent {
                number: u32::try_from(sent.len()).unwrap(),
                time: now.plus_millis(-random.random_range(0..age)),
                text: 0,
                rank: [Rank::Producer, Rank::LetIn][random.random_range(0..2)],
            };
            sent.push(event);
            event
        };
        if !batch.iter().any(|one| one.number == event.number) {
            batch.push(event);
        }
    }
    batch
}

/// Runs a schedule.
pub fn run(seed: u64, mistake: Option<Mistake>) -> Result<Seen, String> {
    let mut random = StdRng::seed_from_u64(seed);
    let world = World {
        items: MemoryItems::default(),
        clock: Clock::default(),
        mistake,
        came: RefCell::default(),
        acknowledged: RefCell::default(),
        archived: RefCell::default(),
        seen: RefCell::default(),
    };
    world.clock.pass(5 * MINUTE);
    let mut sent = Vec::new();
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..STEPS {
        world.clock.pass(random.random_range(0..1_200));
        world.items.expire(world.clock.now());
        if random.random_bool(0.12) {
            let batch = next_batch(&mut random, &mut sent, world.clock.now());
            let pauses = if random.random_bool(0.2) { 40 } else { 2 };
            jobs.push(Box::pin(world.ingest(batch, pauses)));
        }
        if random.random_bool(0.05) {
            let plain_bytes = [1 << 26, 500][random.random_range(0..2)];
            let limits = Limits {
                plain_bytes,
                ..Limits::default()
            };
            jobs.push(Box::pin(world.roll(limits)));
        }
        if random.random_bool(0.03) {
            jobs.push(Box::pin(world.merge()));
        }
        if random.random_bool(0.04) {
            jobs.push(Box::pin(world.decide(random.random_range(1..9))));
        }
        if random.random_bool(0.06) {
            jobs.push(Box::pin(world.read()));
        }
        for _ in 0..POLLS.min(jobs.len() * 2) {
            if jobs.is_empty() {
                break;
            }
            let at = random.random_range(0..jobs.len());
            if random.random_bool(0.002) {
                drop(jobs.swap_remove(at));
            } else if let Poll::Ready(result) = jobs[at].as_mut().poll(&mut context) {
                drop(jobs.swap_remove(at));
                result?;
            }
        }
    }
    // Everybody dies; one roll-up after the other then comes to an end.
    jobs.clear();
    world.clock.pass(MINUTE);
    block_on(end(&world))?;
    Ok(*world.seen.borrow())
}

async fn end(world: &World) -> Result<(), String> {
    let mut encoder = PackEncoder::new().unwrap();
    let clock = &world.clock;
    let now = || clock.now();
    loop {
        let step = roll(&world.port(), task(), &mut encoder, Limits::default(), &now).await;
        match step.map_err(|error| error.to_string())? {
            Step::Nothing => break,
            Step::Rolled(_) | Step::Lost => {}
        }
    }
    world.merge().await?;
    let came = world.came.borrow().clone();
    check(&world.items, &came).await?;
    // What was archived is what stayed in the end.
    for (span, stays) in &*world.archived.borrow() {
        let expected: BTreeSet<(ArrivalKey, u32)> = came
            .iter()
            .zip(verdicts(&came))
            .filter(|(came, _)| {
                span.after.is_none_or(|after| came.place.slot > after)
                    && came.place.slot <= span.upto
            })
            .filter(|(_, verdict)| *verdict == activity_log_core::rollup::order::Verdict::Stays)
            .map(|(came, _)| (came.key, came.place.row))
            .collect();
        if *stays != expected {
            return Err(format!("the archive of {span:?} has other rows than L1"));
        }
    }
    let head: Head = head(&world.items).await;
    if head.blocks.is_empty() {
        return Err("nothing was ever rolled up".to_owned());
    }
    Ok(())
}

#[test]
fn no_schedule_loses_or_doubles_an_event() {
    let count = std::env::var("ROLLUP_SCHEDULES").ok();
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(100);
    let mut all = Seen::default();
    for seed in 0..count {
        let seen = run(seed, None).unwrap_or_else(|error| panic!("schedule {seed}: {error}"));
        all.reads += seen.reads;
        all.merges += seen.merges;
        all.days += seen.days;
        all.lost += seen.lost;
        all.drops += seen.drops;
    }
    let least = [all.reads, all.merges, all.days, all.lost, all.drops];
    assert!(least.iter().all(|seen| *seen > 0), "{all:?}");
    println!("{count} schedules: {all:?}");
}
