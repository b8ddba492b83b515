//! One step of the roll-up: sealed arrivals become a run and its block, and the head moves on.

use std::collections::{BTreeMap, HashMap};

use super::arrivals::{self, Span};
use super::decide::drops;
use super::rows::Arrived;
use super::run::Making;
use super::slices::Slices;
use super::{RollupError, Task, begin, head, head_and_decided, swap};
use crate::head::{Conflict, Drop, Head, MOST_TOLD, Totals, Untold};
use crate::index::{Block, Dropped};
use crate::ingest::Clock;
use crate::instant::Instant;
use crate::items::key::ArrivalKey;
use crate::items::{Consistency, ItemReader, ItemWriter};
use crate::pack::PackEncoder;
use crate::shards::units_a_second;
use crate::slot::Slot;
use crate::window::Window;

/// How often the head is written if others change something else of it meanwhile.
const ATTEMPTS: usize = 5;
/// Items written at once: a part of a run has seventeen.
const ITEMS_AT_ONCE: usize = 200;

/// How much a step takes.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// packed bytes of arrivals, except that a slot is taken whole
    pub packed_bytes: usize,
    /// bytes of records that are in memory at once; twice as much with what is read of them
    pub plain_bytes: usize,
    /// only for tests: the run's name says its slots alone, a mistake that they must notice
    #[doc(hidden)]
    pub runs_are_named_by_slots: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            packed_bytes: 12 * 1024 * 1024,
            plain_bytes: 64 * 1024 * 1024,
            runs_are_named_by_slots: false,
        }
    }
}

/// What a step did.
#[derive(Debug)]
pub enum Step {
    /// the head moved on
    Rolled(Rolled),
    /// no sealed arrival was there: nothing was written
    Nothing,
    /// somebody else rolled up meanwhile: begin anew
    Lost,
}

/// What was rolled up.
#[derive(Clone, Debug, Default)]
pub struct Rolled {
    /// the watermark now
    pub upto: Option<Slot>,
    /// rows by what became of them
    pub totals: Totals,
    /// packed bytes of the arrivals
    pub bytes: usize,
    /// bytes of the head now, at most [`MAX_HEAD_BYTES`](crate::head::MAX_HEAD_BYTES)
    pub head_bytes: usize,
}

/// Rolls up what is sealed, as far as one step goes.
///
/// # Errors
/// If the store fails, something stored is damaged, or the clock ends. Nothing has changed then: what was written is
/// garbage that expires.
pub async fn roll<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    encoder: &mut PackEncoder,
    limits: Limits,
    clock: &impl Clock,
) -> Result<Step, RollupError> {
    let (head, decided) = head_and_decided(store, task.account).await?;
    let span = Span {
        after: head.watermark,
        upto: Slot::last_sealed(clock.now()),
    };
    let shards = head.shards.read;
    let (most, strong) = (limits.packed_bytes, Consistency::Strong);
    let found = arrivals::read(store, task.account, shards, span, most, strong).await?;
    let Some(upto) = found.upto.filter(|_| !found.items.is_empty()) else {
        return Ok(Step::Nothing);
    };
    let mut items = found.items;
    let (mut slices, fewer) = Slices::of(&items, limits.plain_bytes)?;
    let upto = fewer.unwrap_or(upto);
    items.retain(|(key, _)| key.slot <= upto);
    let sizes = items.iter().map(|(key, item)| (key.slot, item.value.len()));
    let mut change = Change::begin(&head, upto, sizes);
    let step = Making {
        task,
        slots: (head.watermark, upto),
        is_named_by_slots: limits.runs_are_named_by_slots,
    };
    for at in 0..slices.count() {
        let slab = slices.take(at, &items)?;
        let rows = slab.read()?;
        let drops = drops(store, task.account, &head, &decided, &rows).await?;
        let kept = change.sort(&rows, &drops);
        let mut blocks = Vec::new();
        let mut left = &kept[..];
        while !left.is_empty() {
            let made = step.make(encoder, left, &drops, change.taken())?;
            for items in made.items.chunks(ITEMS_AT_ONCE) {
                begin(clock)?;
                store.put(items).await?;
            }
            left = &left[made.rows..];
            blocks.push(made.block);
        }
        change.blocks.extend(blocks.into_iter().rev());
    }
    begin(clock)?;
    let committed = commit(store, task, head, &change, clock.now()).await?;
    Ok(committed.map_or(Step::Lost, |head_bytes| {
        Step::Rolled(Rolled {
            head_bytes,
            ..change.rolled
        })
    }))
}

/// How a step changes the head.
struct Change {
    /// oldest events first
    blocks: Vec<Block>,
    /// dropped, and told by no run yet
    dropped: BTreeMap<Window, Dropped>,
    /// the first conflicts
    conflicts: Vec<Conflict>,
    rolled: Rolled,
    /// the most that came in a second, in write units
    units: u64,
}

impl Change {
    /// A step up to this slot, of arrivals of these sizes.
    fn begin(head: &Head, upto: Slot, sizes: impl Iterator<Item = (Slot, usize)> + Clone) -> Self {
        let of_head = head.dropped.iter();
        Self {
            blocks: Vec::new(),
            dropped: of_head.map(|one| (one.window, *one)).collect(),
            conflicts: Vec::new(),
            rolled: Rolled {
                upto: Some(upto),
                bytes: sizes.clone().map(|(_, bytes)| bytes).sum(),
                ..Rolled::default()
            },
            units: units_a_second(sizes),
        }
    }

    /// Counts rows and those of them that are dropped; gives the others in read order.
    fn sort<'r>(&mut self, rows: &'r [Arrived<'r>], drops: &[Drop]) -> Vec<&'r Arrived<'r>> {
        let dropped: HashMap<(ArrivalKey, u32), bool> = drops
            .iter()
            .map(|drop| ((drop.arrival, drop.row), drop.is_conflict))
            .collect();
        let mut kept = Vec::new();
        for row in rows {
            match dropped.get(&(row.key, row.place.row)) {
                None => kept.push(row),
                Some(is_conflict) => self.drop(row, *is_conflict),
            }
        }
        self.rolled.totals.kept += kept.len() as u64;
        kept.sort_unstable_by(|a, b| {
            let key = |row: &&'r Arrived<'r>| (row.event.time, row.place.rank);
            let by_time = b.event.time.cmp(&a.event.time);
            let by_id = || b.event.id.cmp(&a.event.id);
            // Of one event, what readers show comes first.
            by_time.then_with(by_id).then_with(|| key(b).cmp(&key(a)))
        });
        kept
    }

    fn drop(&mut self, row: &Arrived<'_>, is_conflict: bool) {
        let window = row.key.slot.window();
        let of_window = self.dropped.entry(window).or_insert(Dropped {
            window,
            copies: 0,
            conflicts: 0,
        });
        if !is_conflict {
            of_window.copies += 1;
            self.rolled.totals.copies += 1;
            return;
        }
        of_window.conflicts += 1;
        self.rolled.totals.conflicts += 1;
        if self.conflicts.len() < MOST_TOLD {
            self.conflicts.push(Conflict {
                time: row.event.time,
                id: row.event.id.to_string(),
                origin: row.event.origin.to_string(),
            });
        }
    }

    /// What a run tells of rows that were dropped.
    fn taken(&mut self) -> Vec<Dropped> {
        std::mem::take(&mut self.dropped).into_values().collect()
    }

    /// The head after it, `now`.
    fn applied(&self, head: &Head, now: Instant) -> Head {
        let mut next = head.clone();
        next.watermark = self.rolled.upto;
        if let Some(upto) = self.rolled.upto {
            next.shards = head.shards.after(self.units, upto, now);
        }
        next.blocks.extend(self.blocks.iter().cloned());
        next.dropped = self.dropped.values().copied().collect();
        let (all, more) = (&mut next.totals, &self.rolled.totals);
        all.kept += more.kept;
        all.copies += more.copies;
        all.conflicts += more.conflicts;
        if let (Some(upto), 1..) = (self.rolled.upto, more.conflicts) {
            next.add_untold(Untold {
                upto,
                count: more.conflicts,
                first: self.conflicts.clone(),
            });
        }
        next
    }
}

/// Replaces the head, and gives how many bytes it has. Where somebody merged blocks meanwhile, what was found in them is as true of those they became;
/// where somebody rolled up, it is not, and all was in vain.
async fn commit<S: ItemReader + ItemWriter>(
    store: &S,
    task: Task,
    mut known: Head,
    change: &Change,
    now: Instant,
) -> Result<Option<usize>, RollupError> {
    let after = known.watermark;
    for _ in 0..ATTEMPTS {
        let next = change.applied(&known, now);
        let written = swap(store, task.account, &next, now).await?;
        if written.is_some() {
            return Ok(written);
        }
        known = head(store, task.account).await?;
        if known.watermark != after {
            break;
        }
    }
    Ok(None)
}
