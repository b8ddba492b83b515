//! The real events of `../shared/data/cloudtrail`, in order of time.

use std::path::PathBuf;

use activity_log_core::event::Admission;
use activity_log_core::event::splice::set_text;
use activity_log_core::instant::Instant;
use serde_json::value::RawValue;

/// Real records, and the admission that takes them: the time is that of the newest.
pub struct RealEvents {
    /// records, oldest first
    pub records: Vec<String>,
    /// account, time, retention
    pub admission: Admission,
}

impl RealEvents {
    /// The event with this number, which begin anew after the last, with an id of its own, at this time.
    pub fn event(&self, number: usize, time: Instant) -> String {
        let record = &self.records[number % self.records.len()];
        let timed = set_text(record, "eventTime", &time.to_string());
        set_text(&timed, "eventID", &id_of(number).to_string())
    }
}

/// An id of its own for each event, of random digits as real ones are.
fn id_of(number: usize) -> uuid::Uuid {
    use sha2::Digest as _;
    let digest = sha2::Sha256::digest(number.to_le_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[derive(Default)]
struct File {
    records: Vec<(Instant, String)>,
}

impl File {
    fn read(text: &str) -> Self {
        let file: std::collections::HashMap<&str, Vec<&RawValue>> =
            serde_json::from_str(text).unwrap_or_default();
        let time = |record: &str| {
            let value: serde_json::Value = serde_json::from_str(record).ok()?;
            Instant::parse(value["eventTime"].as_str()?)
        };
        let records = file
            .into_values()
            .flatten()
            .filter_map(|record| Some((time(record.get())?, record.get().to_owned())))
            .collect();
        Self { records }
    }
}

/// The events, or `None`, having said why, where they are absent.
///
/// # Panics
/// If a file that is there cannot be read.
pub fn load() -> Option<RealEvents> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cloudtrail");
    let Ok(folder) = std::fs::read_dir(&root) else {
        eprintln!("skipped: there are no real events in {}", root.display());
        return None;
    };
    let mut records: Vec<(Instant, String)> = folder
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .flat_map(|path| File::read(&std::fs::read_to_string(path).expect("a file")).records)
        .collect();
    records.sort();
    let now = records.last().map(|(time, _)| *time)?;
    let account = "111122223333".parse().ok()?;
    let records = records.into_iter().map(|(_, record)| record).collect();
    Some(RealEvents {
        records,
        admission: Admission {
            account,
            now,
            retention_days: 30,
        },
    })
}
