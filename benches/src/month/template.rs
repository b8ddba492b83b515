//! A real record, and what is varied in it.

use std::fmt::Write as _;

use activity_log_core::instant::Instant;
use serde_json::Value;
use uuid::Uuid;

/// An event, as little as it can be told.
#[derive(Clone, Copy, Debug)]
pub struct Simulated {
    /// when the call was made
    pub time: Instant,
    /// which event: its id is made of it
    pub number: u64,
    /// of which template
    pub template: u16,
    /// another access key, caller's address and caller's name than the template's; 0: the template's
    pub key: u32,
    /// see `key`
    pub address: u16,
    /// see `key`
    pub user: u16,
}

/// A record in pieces.
pub struct Template(Vec<Piece>);

enum Piece {
    Text(String),
    Id,
    Time,
    Request,
    Key(String),
    Address(String),
    User(String),
}

impl Template {
    /// Of a record.
    ///
    /// # Panics
    /// If it is not JSON.
    pub fn of(record: &str) -> Self {
        let value: Value = serde_json::from_str(record).expect("JSON");
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str);
        let made = |pointer: &str, piece: &dyn Fn(String) -> Piece| {
            let text = text(pointer).filter(|text| !text.is_empty())?;
            let name = pointer.rsplit('/').next()?;
            let at = place(record, name, text)?;
            Some((at, at + text.len(), piece(text.to_owned())))
        };
        let mut marks: Vec<(usize, usize, Piece)> = [
            made("/eventID", &|_| Piece::Id),
            made("/eventTime", &|_| Piece::Time),
            made("/requestID", &|_| Piece::Request),
            made("/userIdentity/accessKeyId", &Piece::Key),
            made("/sourceIPAddress", &Piece::Address),
            made("/userIdentity/userName", &Piece::User),
        ]
        .into_iter()
        .flatten()
        .collect();
        marks.sort_by_key(|mark| mark.0);
        let (mut pieces, mut done) = (Vec::new(), 0);
        for (start, end, piece) in marks {
            pieces.push(Piece::Text(record[done..start].to_owned()));
            pieces.push(piece);
            done = end;
        }
        pieces.push(Piece::Text(record[done..].to_owned()));
        Self(pieces)
    }

    /// The record of an event.
    pub fn record(&self, event: &Simulated) -> String {
        let mut text = String::with_capacity(2_048);
        for piece in &self.0 {
            match piece {
                Piece::Text(same) => text.push_str(same),
                Piece::Id => text.push_str(&id(event.number)),
                // Writing into a String cannot fail.
                Piece::Time => {
                    let _ = write!(text, "{}", event.time);
                }
                Piece::Request => text.push_str(&uuid(event.number.wrapping_add(5))),
                Piece::Key(_) if event.key > 0 => text.push_str(&key(event.key)),
                Piece::Address(_) if event.address > 0 => {
                    let [a, b, c, d, ..] = mix(u64::from(event.address)).to_le_bytes();
                    let _ = write!(text, "{}.{b}.{c}.{d}", a & 127);
                }
                Piece::User(_) if event.user > 0 => {
                    let _ = write!(text, "role-{:03}", event.user);
                }
                Piece::Key(own) | Piece::Address(own) | Piece::User(own) => text.push_str(own),
            }
        }
        text
    }
}

/// The id of an event.
pub fn id(number: u64) -> String {
    uuid(number)
}

fn uuid(seed: u64) -> String {
    Uuid::from_u64_pair(mix(seed), mix(!seed)).to_string()
}

fn key(number: u32) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut state = mix(u64::from(number));
    let mut key = "ASIA".to_owned();
    for _ in 0..16 {
        key.push(char::from(ALPHABET[(state & 31) as usize]));
        state = mix(state);
    }
    key
}

/// A number that looks like chance (the finalizer of `SplitMix64`).
pub fn mix(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    seed ^ (seed >> 31)
}

/// Where a field's value begins: the first field of this name that has it.
fn place(record: &str, name: &str, value: &str) -> Option<usize> {
    [":", ": "].iter().find_map(|between| {
        let field = format!("\"{name}\"{between}\"{value}\"");
        let at = record.find(&field)?;
        Some(at + field.len() - value.len() - 1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_varied_stays_as_it_is() {
        let record = r#"{"eventID": "0","eventTime":"2026-01-01T00:00:00Z","requestID":"1","sourceIPAddress":"192.0.2.1",
            "userIdentity":{"accessKeyId":"AKIA","userName":"ann"}, "more":["ann"]}"#;
        let template = Template::of(record);
        let event = Simulated {
            time: Instant::from_seconds(0),
            number: 7,
            template: 0,
            key: 0,
            address: 0,
            user: 0,
        };
        let plain = template.record(&event);
        let expected = record
            .replacen("\"0\"", &format!("\"{}\"", id(7)), 1)
            .replacen("2026-01-01", "1970-01-01", 1)
            .replacen("\"1\"", &format!("\"{}\"", uuid(7 + 5)), 1);
        assert_eq!(plain, expected);
        let varied = template.record(&Simulated {
            key: 1,
            address: 1,
            user: 1,
            ..event
        });
        let value: Value = serde_json::from_str(&varied).unwrap();
        assert_eq!(value["userIdentity"]["userName"], "role-001");
        assert_eq!(value["more"][0], "ann");
        assert_ne!(value["sourceIPAddress"], "192.0.2.1");
        let key = value["userIdentity"]["accessKeyId"].as_str().unwrap();
        assert!(key.starts_with("ASIA") && key.len() == 20);
    }
}
