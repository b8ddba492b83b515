//! What is in L1, read the long way, and whether it is what it should be.

use std::collections::{BTreeMap, HashMap};

use activity_log_core::columns::{Columns, decompressed};
use activity_log_core::event::Event;
use activity_log_core::head::Head;
use activity_log_core::index::{
    self, Block, Bucket, Directory, EntryRows, bucket_ask, directory_ask, value_hash,
};
use activity_log_core::instant::Instant;
use activity_log_core::items::{Consistency, Item, ItemReader, key};
use activity_log_core::origin::Rank;
use activity_log_core::pack::Pack;
use activity_log_core::query::Attribute;
use activity_log_core::rollup::order::{Row, Stored, Verdict, judge};
use activity_log_core::slot::Slot;
use activity_log_core::window::Window;
use activity_log_store::memory::MemoryItems;

use crate::stage::{Came, account};

/// A row of L1.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    pub time: Instant,
    pub id: String,
    pub origin: String,
    pub text: String,
}

impl Kept {
    fn of(came: &Came) -> Self {
        Self {
            time: came.sent.time,
            id: came.sent.id(),
            origin: came.sent.origin().to_owned(),
            text: came.sent.text(),
        }
    }
}

pub async fn head<R: ItemReader>(store: &R) -> Head {
    let items = store
        .get(&[key::head(account())], Consistency::Strong)
        .await
        .unwrap();
    Head::of(items.first()).unwrap()
}

/// All rows of a block, in its order; what is missing is an error.
pub async fn rows_of<R: ItemReader>(store: &R, block: &Block) -> Result<Vec<Kept>, String> {
    let mut kept = Vec::new();
    while kept.len() < block.rows as usize {
        let ask = directory_ask(account(), block, u32::try_from(kept.len()).unwrap());
        let slice = store.range(&ask).await.unwrap();
        let item = slice
            .items
            .first()
            .ok_or(format!("block {} is not there", block.id))?;
        for frame in Directory::decode(item, block).unwrap().frames {
            if frame.first as usize != kept.len() {
                return Err("frames do not follow each other".to_owned());
            }
            let key = key::frame(account(), frame.run, frame.part, frame.frame);
            let items = store
                .get(std::slice::from_ref(&key), Consistency::Strong)
                .await
                .unwrap();
            let item = items.first().ok_or(format!("frame {key:?} is not there"))?;
            let pack = Pack::decode(&item.value).unwrap();
            if pack.rows() != frame.rows as usize {
                return Err("a frame has other rows than its block says".to_owned());
            }
            kept.extend((0..pack.rows()).map(|row| {
                let event = Event::stored(pack.text(row), pack.origin(row)).unwrap();
                Kept {
                    time: event.time,
                    id: event.id.to_string(),
                    origin: pack.origin(row).to_owned(),
                    text: pack.text(row).to_owned(),
                }
            }));
        }
    }
    Ok(kept)
}

/// What becomes of all that came, by the one rule, all at once.
pub fn verdicts(came: &[Came]) -> Vec<Verdict> {
    let texts: Vec<(String, String)> = came
        .iter()
        .map(|came| (came.sent.id(), came.sent.text()))
        .collect();
    let rows: Vec<Row<'_>> = came
        .iter()
        .zip(&texts)
        .map(|(came, (id, text))| Row {
            place: came.place,
            time: came.sent.time,
            id,
            text,
        })
        .collect();
    judge(&Stored::default(), &rows)
}

/// Whether L1 has what of `came` stays, each once, says so in every place, and counts the rest.
pub async fn check(items: &MemoryItems, came: &[Came]) -> Result<(), String> {
    let head = head(items).await;
    let above = |came: &&Came| head.watermark.is_none_or(|mark| came.place.slot > mark);
    if let Some(left) = came.iter().find(above) {
        return Err(format!("{left:?} is not rolled up"));
    }
    let mut expected = Vec::new();
    let mut windows: BTreeMap<Window, (u32, u32)> = BTreeMap::new();
    let mut counts = [0_u64; 3];
    for (came, verdict) in came.iter().zip(verdicts(came)) {
        counts[verdict as usize] += 1;
        let window = came.place.slot.window();
        match verdict {
            Verdict::Stays => expected.push(Kept::of(came)),
            Verdict::Copy => windows.entry(window).or_default().0 += 1,
            Verdict::Conflict => windows.entry(window).or_default().1 += 1,
        }
    }
    let mut kept = Vec::new();
    let mut dropped: BTreeMap<Window, (u32, u32)> = BTreeMap::new();
    let mut add = |one: &index::Dropped| {
        let of_window = dropped.entry(one.window).or_default();
        of_window.0 += one.copies;
        of_window.1 += one.conflicts;
    };
    head.dropped.iter().for_each(&mut add);
    for block in &head.blocks {
        let rows = rows_of(items, block).await?;
        for run in runs(items, block).await {
            run.dropped.iter().for_each(&mut add);
        }
        columns_agree(items, block, &rows).await?;
        every_id_is_found(items, block, &rows).await?;
        kept.extend(rows);
    }
    kept.sort();
    expected.sort();
    if kept != expected {
        let lost: Vec<_> = expected.iter().filter(|one| !kept.contains(one)).collect();
        let more = kept.len() - (expected.len() - lost.len()).min(kept.len());
        return Err(format!(
            "{} rows are lost, such as {:?}; {more} are there that should not be",
            lost.len(),
            lost.first()
        ));
    }
    let totals = [head.totals.kept, head.totals.copies, head.totals.conflicts];
    if totals != counts {
        return Err(format!(
            "the head counts {totals:?}, and it were {counts:?}"
        ));
    }
    if dropped != windows {
        return Err(format!(
            "the runs tell {dropped:?} of windows, and it were {windows:?}"
        ));
    }
    Ok(())
}

/// The runs of a block, newest first.
pub async fn runs(items: &MemoryItems, block: &Block) -> Vec<index::Run> {
    let mut runs: Vec<index::Run> = Vec::new();
    let mut row = 0;
    while row < block.rows {
        let slice = items
            .range(&directory_ask(account(), block, row))
            .await
            .unwrap();
        let piece = Directory::decode(&slice.items[0], block).unwrap();
        for (_, run) in &piece.runs {
            if runs.last().is_none_or(|last| last.id != run.id) {
                runs.push(run.clone());
            }
        }
        row = piece
            .frames
            .last()
            .map_or(block.rows, |frame| frame.first + frame.rows);
    }
    runs
}

/// Columns have the rows of the frames, and when they came.
async fn columns_agree(items: &MemoryItems, block: &Block, rows: &[Kept]) -> Result<(), String> {
    let mut rows = rows.iter();
    let mut bytes = 0;
    let all: HashMap<_, Item> = items
        .all()
        .into_iter()
        .map(|item| (item.key.clone(), item))
        .collect();
    for run in runs(items, block).await {
        let mut left = run.rows;
        for part in 0.. {
            if left == 0 {
                break;
            }
            let item = all
                .get(&key::columns(account(), run.id, part))
                .ok_or("columns are gone")?;
            let plain = decompressed(&item.value).unwrap();
            bytes += plain.len() as u64;
            let columns = Columns::decode(&plain).unwrap();
            for row in 0..columns.rows() {
                let kept = rows.next().ok_or("columns have more rows than frames")?;
                if (columns.time(row), &*columns.id(row)) != (kept.time, &kept.id) {
                    return Err("columns have other rows than frames".to_owned());
                }
                let slot = columns.slot(row).unwrap_or(Slot::from_number(0));
                if slot < run.slots.0 || slot > run.slots.1 {
                    return Err("a row came in none of its run's slots".to_owned());
                }
            }
            left -= u32::try_from(columns.rows()).unwrap();
        }
    }
    if bytes != block.bytes {
        return Err(format!("a block says {} bytes of {bytes}", block.bytes));
    }
    Ok(())
}

async fn every_id_is_found(
    items: &MemoryItems,
    block: &Block,
    rows: &[Kept],
) -> Result<(), String> {
    for (number, row) in (0_u32..).zip(rows) {
        let hash = value_hash(Attribute::EventId, &row.id);
        let slice = items
            .range(&bucket_ask(account(), block, hash))
            .await
            .unwrap();
        let item = slice.items.first().ok_or("a bucket is gone")?;
        let entry = Bucket::decode(item).unwrap().find(hash).unwrap();
        match entry.map(|entry| entry.rows) {
            Some(EntryRows::Here(found)) if found.contains(&number) => {}
            other => return Err(format!("{} is not found: {other:?}", row.id)),
        }
    }
    Ok(())
}

/// How far an origin of the stage is believed.
pub fn rank(origin: &str) -> Rank {
    match origin {
        "service" => Rank::Own,
        "import" => Rank::LetIn,
        _ => Rank::Producer,
    }
}
