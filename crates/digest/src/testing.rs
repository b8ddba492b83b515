//! What tests of this crate begin with.

use activity_log_core::instant::Instant;
use activity_log_core::trail::Trail;
use activity_log_core::trail::progress::{ChainEnd, Period};
use activity_log_core::trail::record::{Counts, WindowRecord};
use activity_log_core::window::Window;

use crate::document::Document;
use crate::sign::Draft;

/// One gzip member.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    crate::sign::gzip(content).unwrap()
}

/// A tar of these files.
pub fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, content.as_bytes())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

/// A trail whose windows `from` to `to` wait for the digest that ends their chain.
pub fn sample_trail(from: i64, to: i64) -> Trail {
    let (account, name) = ("111122223333".parse().unwrap(), "audit".parse());
    let created = Instant::from_seconds(0);
    let id = "00000000000000aa";
    let mut trail = Trail::new(account, name.unwrap(), id, ("logs", account), created);
    trail.settings.validation = true;
    trail.progress.undigested.push(Period {
        from: Window::from_number(from),
        to: Window::from_number(to),
        ends_chain: Some(ChainEnd::Stopped),
    });
    trail
}

/// The digest of windows without events.
pub fn document(from: i64, to: i64) -> Document {
    let records: Vec<WindowRecord> = (from..=to).map(record).collect();
    let draft = Draft::new(&sample_trail(from, to), "us-east-1", &records, "f1").unwrap();
    let body = draft.signed(b"s").body;
    serde_json::from_reader(flate2::read::GzDecoder::new(body.as_slice())).unwrap()
}

/// The record of a window without events.
pub fn record(window: i64) -> WindowRecord {
    WindowRecord {
        window: Window::from_number(window),
        counts: Counts::default(),
        retention_over: false,
        archives: Vec::new(),
    }
}
