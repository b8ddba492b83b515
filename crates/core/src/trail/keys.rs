//! Names of objects in a trail's bucket: AWS's, so that AWS's tools find them.

use std::fmt::Write as _;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::Trail;
use super::format::Format;
use super::name::TrailName;
use crate::account::AccountId;
use crate::instant::Instant;
use crate::window::Window;

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]/[month]/[day]");
const MINUTE: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute]Z");
const SECOND: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");

/// Most archives of one window: the part has four digits in a key.
pub const MAX_PARTS: u32 = 9_999;

/// Where a trail's objects lie: prefix, account and region.
#[derive(Clone, Copy, Debug)]
pub struct Location<'a> {
    /// what keys start with, without a `/` at the end
    pub prefix: Option<&'a str>,
    /// whose
    pub account: AccountId,
    /// the service's region
    pub region: &'a str,
}

impl<'a> Location<'a> {
    /// Where this trail's objects lie.
    pub fn of(trail: &'a Trail, region: &'a str) -> Self {
        Self {
            prefix: trail.settings.prefix.as_deref(),
            account: trail.account,
            region,
        }
    }

    /// What all archives' keys start with, `/` included.
    pub fn archives(&self) -> String {
        format!("{}{}/", self.folder("CloudTrail"), self.region)
    }

    /// What all digests' keys start with, `/` included.
    pub fn digests(&self) -> String {
        format!("{}{}/", self.folder("CloudTrail-Digest"), self.region)
    }

    /// The folder of a kind of object, `/` included: `[PREFIX/]AWSLogs/ACCOUNT/KIND/`. AWS makes an empty
    /// object of this name when it tries whether it can write.
    pub fn folder(&self, kind: &str) -> String {
        let mut key = String::new();
        if let Some(prefix) = self.prefix.filter(|prefix| !prefix.is_empty()) {
            key.push_str(prefix);
            key.push('/');
        }
        let _ = write!(key, "AWSLogs/{}/{kind}/", self.account);
        key
    }

    /// The key of an archive: `part` counts from 1. It names the end of the window, and ends in the part
    /// and the first 12 digits of the trail's id, so that keys of a trail ascend as they are published: the format
    /// comes last, and is one for all parts of a window.
    pub fn archive(&self, window: Window, trail_id: &str, part: u32, format: Format) -> String {
        let end = window.end();
        format!(
            "{}{}/{}_CloudTrail_{}_{}_{part:04}{}.{}",
            self.archives(),
            written(end, DAY),
            self.account,
            self.region,
            written(end, MINUTE),
            &trail_id[..trail_id.len().min(12)],
            format.as_str(),
        )
    }

    /// The key of a digest that ends at `end`.
    pub fn digest(&self, trail: &TrailName, end: Instant) -> String {
        format!(
            "{}{}/{}{}.json.gz",
            self.digests(),
            written(end, DAY),
            self.digest_stem(trail),
            written(end, SECOND),
        )
    }

    /// What the file names of a trail's digests start with, up to the time.
    pub fn digest_stem(&self, trail: &TrailName) -> String {
        let (account, region) = (self.account, self.region);
        format!("{account}_CloudTrail-Digest_{region}_{trail}_{region}_")
    }
}

/// Windows end within the years that can be written; anything else is empty.
fn written(time: Instant, format: &[BorrowedFormatItem<'_>]) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(time.seconds()).ok();
    let text = moment.and_then(|moment| moment.format(format).ok());
    text.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_aws_s_and_ascend() {
        let mut location = Location {
            prefix: Some("p/q"),
            account: "111122223333".parse().unwrap(),
            region: "us-east-1",
        };
        let window = Window::of(Instant::parse("2026-11-19T23:57:00Z").unwrap());
        let key = |part| location.archive(window, "0123456789abcdef", part, Format::TarGz);
        assert_eq!(
            key(1),
            "p/q/AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/20/111122223333_CloudTrail_us-east-1_20261120T0000Z_00010123456789ab.tar.gz"
        );
        assert!(key(2) > key(1));
        let json = |window| location.archive(window, "0123456789abcdef", 1, Format::JsonGz);
        assert!(json(window).ends_with("20261120T0000Z_00010123456789ab.json.gz"));
        // Also where the format changes.
        assert!(key(MAX_PARTS) < json(window.next()) && json(window) < key(2));
        location.prefix = None;
        assert_eq!(
            location.digest(&"audit".parse().unwrap(), window.end()),
            "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/20/111122223333_CloudTrail-Digest_us-east-1_audit_us-east-1_20261120T000000Z.json.gz"
        );
    }
}
