//! Which events come when: by day and night, in sessions, some late, some twice.

use std::f64::consts::TAU;

use activity_log_core::instant::{DAY, Instant, MINUTE, SECOND};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::template::{Simulated, mix};
use super::{Plan, RARE_EVENTS, World};

/// When it begins: midnight of a day in 2026.
pub const START: Instant = Instant::from_millis(1_793_000_000_000 / DAY * DAY);
/// Events of a batch happen within so long, in milliseconds.
const BATCH_SPAN_MS: i64 = MINUTE;
/// Events of a session that follow one another before another session goes on.
const TURN: usize = 4;
/// How many events a session has on average.
const SESSION: f64 = 25.0;

/// Events that come together.
#[derive(Clone, Debug)]
pub struct Batch {
    /// when
    pub arrival: Instant,
    /// what
    pub events: Vec<Simulated>,
}

impl World {
    /// All batches of a plan, in order of arrival; one in a hundred events comes twice.
    pub fn batches(&self, plan: &Plan) -> Vec<Batch> {
        let mut chance = StdRng::seed_from_u64(42);
        let mut events = self.events(plan, &mut chance);
        self.scatter(&mut events, &mut chance);
        let mut batches: Vec<Batch> = events
            .chunks(plan.batch)
            .filter_map(|events| {
                let last = events.last()?.time;
                Some(Batch {
                    arrival: last.plus_millis(lateness(&mut chance)),
                    events: events.to_vec(),
                })
            })
            .collect();
        batches.sort_by_key(|batch| batch.arrival);
        add_copies(&mut batches, &events, plan, &mut chance);
        batches
    }

    /// A minute with so many events a second, in batches that come two seconds later.
    pub fn minute(&self, start: Instant, a_second: u32, batch: usize) -> Vec<Batch> {
        let plan = Plan {
            a_month: u64::from(a_second) * 60,
            batch,
            days: 30,
        };
        let mut events = self.events(&plan, &mut StdRng::seed_from_u64(7));
        for (event, at) in events.iter_mut().zip(0_i64..) {
            let second = at / i64::from(a_second);
            event.time = start.plus_millis(second * SECOND);
            event.number ^= 1 << 63;
        }
        let batches = events.chunks(batch).filter_map(|events| {
            Some(Batch {
                arrival: events.last()?.time.plus_millis(2 * SECOND),
                events: events.to_vec(),
            })
        });
        batches.collect()
    }

    fn events(&self, plan: &Plan, chance: &mut StdRng) -> Vec<Simulated> {
        let times = times(plan, chance);
        let sessions = (plan.a_month / 130_000).clamp(1, 2_000) as usize;
        let mut open = vec![Session::default(); sessions];
        let mut keys = 0;
        times
            .into_iter()
            .enumerate()
            .map(|(at, time)| {
                let session = &mut open[(at / TURN) % sessions];
                if session.left == 0 {
                    *session = Session::begin(self.real, &mut keys, chance);
                }
                session.next(time, at as u64, self.real)
            })
            .collect()
    }

    /// Makes a few events rare, all over the time.
    fn scatter(&self, events: &mut [Simulated], chance: &mut StdRng) {
        for template in self.real..self.templates.len() {
            for part in 0..RARE_EVENTS {
                let (from, to) = (part, part + 1);
                let range = events.len() * from / RARE_EVENTS..events.len() * to / RARE_EVENTS;
                if range.is_empty() {
                    continue;
                }
                let event = &mut events[chance.random_range(range)];
                event.template = u16::try_from(template).unwrap_or(u16::MAX);
                (event.key, event.address, event.user) = (0, 0, 0);
            }
        }
    }

    /// The record of an event.
    pub fn record(&self, event: &Simulated) -> String {
        self.templates[usize::from(event.template)].record(event)
    }
}

/// What somebody does for a while.
#[derive(Clone, Copy, Default)]
struct Session {
    left: u32,
    template: usize,
    key: u32,
    address: u16,
    user: u16,
}

impl Session {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small and positive"
    )]
    fn begin(templates: usize, keys: &mut u32, chance: &mut StdRng) -> Self {
        *keys += 1;
        let mut some = |value: u32| if chance.random_bool(0.4) { value } else { 0 };
        let key = some(*keys);
        let (address, user) = (some(1), some(1));
        // Some are seen much more often than others.
        let skewed = |most: f64, power: i32, chance: &mut StdRng| {
            1 + (most * chance.random::<f64>().powi(power)) as u16
        };
        Self {
            left: 1 + (-SESSION * (1.0 - chance.random::<f64>()).ln()) as u32,
            template: chance.random_range(0..templates),
            key,
            address: address as u16 * skewed(2_000.0, 4, chance),
            user: user as u16 * skewed(200.0, 3, chance),
        }
    }

    fn next(&mut self, time: Instant, at: u64, templates: usize) -> Simulated {
        let event = Simulated {
            time,
            number: mix(at + 42),
            template: u16::try_from(self.template).unwrap_or_default(),
            key: self.key,
            address: self.address,
            user: self.user,
        };
        self.template = (self.template + 1) % templates;
        self.left -= 1;
        event
    }
}

/// Times of all events, ascending: more by day than by night; those of a batch lie close together.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "milliseconds of a month"
)]
fn times(plan: &Plan, chance: &mut StdRng) -> Vec<Instant> {
    let count = plan.a_month * u64::from(plan.days) / 30;
    let span = i64::from(plan.days) * DAY;
    let by_day = |chance: &mut StdRng| loop {
        let time = (chance.random::<f64>() * span as f64) as i64;
        let day = (time % DAY) as f64 / DAY as f64;
        let likely = 1.0 + 0.9 * (TAU * (day - 0.3)).sin();
        if chance.random::<f64>() * 1.9 < likely {
            return time;
        }
    };
    let mut times: Vec<i64> = (0..count).map(|_| by_day(chance)).collect();
    times.sort_unstable();
    for batch in times.chunks_mut(plan.batch) {
        let (first, last) = (batch[0], batch[batch.len() - 1]);
        if last - first > BATCH_SPAN_MS {
            let factor = BATCH_SPAN_MS as f64 / (last - first) as f64;
            for time in batch {
                *time = first + ((*time - first) as f64 * factor) as i64;
            }
        }
    }
    let whole = |time: i64| START.plus_millis(time / SECOND * SECOND);
    times.into_iter().map(whole).collect()
}

/// How long after its last event a batch comes: mostly seconds, one in twenty minutes, one in a hundred hours.
fn lateness(chance: &mut StdRng) -> i64 {
    match chance.random_range(0..100) {
        0..94 => chance.random_range(0..20 * SECOND),
        94..99 => chance.random_range(MINUTE..16 * MINUTE),
        _ => chance.random_range(60 * MINUTE..6 * 60 * MINUTE),
    }
}

/// One in a hundred events comes again, most within ten minutes, some a day later: in the next batch, or, where events
/// come alone, alone.
fn add_copies(batches: &mut Vec<Batch>, events: &[Simulated], plan: &Plan, chance: &mut StdRng) {
    let mut alone = Vec::new();
    for _ in 0..events.len() / 100 {
        let copy = events[chance.random_range(0..events.len())];
        let after = if chance.random_bool(0.9) {
            chance.random_range(0..10 * MINUTE)
        } else {
            DAY
        };
        let arrival = copy.time.plus_millis(MINUTE + after);
        let next = batches.partition_point(|batch| batch.arrival < arrival);
        match batches.get_mut(next) {
            Some(batch) if plan.batch > 1 => batch.events.push(copy),
            _ => alone.push(Batch {
                arrival,
                events: vec![copy],
            }),
        }
    }
    batches.extend(alone);
    batches.sort_by_key(|batch| batch.arrival);
}
