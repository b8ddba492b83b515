//! The events of some files, stored in memory as the service stores them, and reports of them.

use std::io::Read as _;
use std::sync::Mutex;

use activity_log_core::event::Admission;
use activity_log_core::ingest::{Incoming, Ordinals, Outcome, arrive};
use activity_log_core::instant::{DAY, Instant};
use activity_log_core::object::Object;
use activity_log_core::origin::Origin;
use activity_log_core::pack::PackEncoder;
use activity_log_core::read::{Events, Stream};
use activity_log_core::reports::{Format, ReportRequest};
use activity_log_report::Settings;
use activity_log_reporting::{Build, BuildError, Filter, Plan};
use activity_log_store::memory::MemoryItems;
use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::logs::record::Record;

/// Whose they are: filters are not told.
const ACCOUNT: &str = "000000000000";
/// What a report of them may have: they are in memory already.
const MOST_BYTES: u64 = u64::MAX;
/// Bytes of items kept between reads.
const NOTHING_KEPT: usize = 0;

/// Events that can be reported on.
pub struct Stored {
    events: Events<MemoryItems>,
    admission: Admission,
    oldest: Instant,
    /// how many stood there twice, and count once
    pub duplicates: usize,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Records")]
    records: Vec<Box<RawValue>>,
}

impl Stored {
    /// Stores the records. One that the service would not take is an error: a filter never sees it.
    pub async fn of(records: &[Record]) -> anyhow::Result<Self> {
        let times = records.iter().filter_map(|record| record.time.as_ref());
        let times = times.map(|time| Instant::from(time.at));
        let (oldest, newest) = times.fold((None, None), |(oldest, newest), time| {
            (
                Some(oldest.map_or(time, |oldest: Instant| oldest.min(time))),
                newest.max(Some(time)),
            )
        });
        let (Some(oldest), Some(newest)) = (oldest, newest) else {
            bail!("there is no event with a time in these files");
        };
        // The time is the newest event's, so that none is too old or in the future.
        let now = newest.plus_millis(1_000);
        let days = (now.millis() - oldest.millis()) / DAY + 1;
        let admission = Admission {
            account: ACCOUNT.parse().context("the account")?,
            now,
            retention_days: u32::try_from(days).unwrap_or(u32::MAX),
        };
        let items = MemoryItems::default();
        let duplicates = take(&items, &admission, records).await?;
        Ok(Self {
            events: Events::new(items, NOTHING_KEPT),
            admission,
            oldest,
            duplicates,
        })
    }

    /// The records of a JSON report of all of them, newest first.
    pub async fn report(&self, filter: Option<Filter>) -> Result<Vec<String>, BuildError> {
        let request = ReportRequest {
            format: Format::Json,
            start: self.oldest,
            end: self.admission.now,
            filters: vec![],
            conditions: vec![],
            columns: vec![],
            plugin: None,
        };
        let settings = Settings::default();
        let plan = Plan {
            request: &request,
            filter,
            settings: &settings,
            horizon: self.oldest,
            most_bytes: MOST_BYTES,
        };
        let mut build = Build::start(plan)?;
        let query = request.query();
        let range = build.range(self.admission.now);
        let mut stream = Stream::new(&self.events, self.admission.account, &query, range);
        let mut file = Vec::new();
        loop {
            let step = stream.next().await?;
            let is_end = build.take(&stream, step).await?;
            while let Some(part) = build.take_part() {
                file.extend(part);
            }
            if is_end {
                break;
            }
        }
        let mut finished = build.finish()?;
        finished.rest.read_to_end(&mut file)?;
        let Object(Envelope { records }) =
            serde_json::from_slice(&file).map_err(std::io::Error::from)?;
        Ok(records
            .into_iter()
            .map(|record| record.get().to_owned())
            .collect())
    }
}

/// Stores the records as one batch, in which copies are found; gives how many those are.
async fn take(
    items: &MemoryItems,
    admission: &Admission,
    records: &[Record],
) -> anyhow::Result<usize> {
    let encoder = Mutex::new(PackEncoder::new()?);
    let (by, mut ordinals) = ((&encoder, 1), Ordinals::default());
    let texts: Vec<&str> = records.iter().map(|record| &*record.text).collect();
    let incoming = Incoming::of_one_body(&texts, &Origin::Queue);
    let clock = || admission.now;
    let taken = arrive(items, by, admission, &incoming, &mut ordinals, &clock).await;
    let mut duplicates = 0;
    for (record, receipt) in records.iter().zip(taken.receipts) {
        let place = || format!("{}, event {}", record.file.display(), record.index);
        match receipt.outcome {
            Outcome::Accepted => {}
            Outcome::Duplicate => duplicates += 1,
            Outcome::Rejected(rejection) => {
                bail!("{}: {rejection} (the service would not take it)", place())
            }
            Outcome::Failed => bail!("{}: cannot be stored", place()),
        }
    }
    Ok(duplicates)
}
