//! Real records with what differs from call to call drawn anew: they are a few senders', and some are sent twice.

use sha2::{Digest as _, Sha256};

/// Events one after the other with the same access key.
const SESSION: usize = 12;

/// The records with other ids of events and requests, and other access keys.
///
/// # Panics
/// If one is not JSON.
pub fn varied(records: &[String]) -> Vec<String> {
    let vary = |(number, record): (usize, &String)| {
        let value: serde_json::Value = serde_json::from_str(record).expect("JSON");
        let mut record = record.clone();
        let session = number / SESSION;
        for (path, number) in [
            ("/eventID", number),
            ("/requestID", number),
            ("/userIdentity/accessKeyId", session),
        ] {
            if let Some(old) = value.pointer(path).and_then(|one| one.as_str()) {
                record = record.replace(old, &like(old, number));
            }
        }
        record
    };
    records.iter().enumerate().map(vary).collect()
}

/// Another text of the same length and kinds of characters.
fn like(old: &str, number: usize) -> String {
    let draws = (0..2_u8).flat_map(|half| Sha256::digest(format!("{old} {number} {half}")));
    let mut draws = draws.cycle();
    let mut draw = move || draws.next().unwrap_or_default();
    let mut other = |(place, kept): (usize, char)| match kept {
        _ if place < 4 && old.len() == 20 => kept,
        'a'..='f' | '0'..='9' if old.len() > 30 => {
            char::from(b"0123456789abcdef"[usize::from(draw() % 16)])
        }
        'A'..='Z' | '0'..='9' => {
            char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from(draw() % 32)])
        }
        _ => kept,
    };
    old.chars().enumerate().map(&mut other).collect()
}
