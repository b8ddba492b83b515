//! Archiving a file of items as the archiver does, into a folder.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use activity_log_archive::uploads::{DeliveryError, Target, Uploads};
use activity_log_archive::window::{Job, archive};
use activity_log_archive::writer::Sizes;
use activity_log_core::account::AccountId;
use activity_log_core::instant::{Instant, MINUTE};
use activity_log_core::trail::Trail;
use activity_log_core::window::Window;
use serde::{Deserialize, Serialize};

use crate::item_file::ItemFile;
use crate::measured::peak_bytes;

/// What became of an archiving run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Archived {
    /// events archived
    pub events: u64,
    /// the most memory the process had
    pub peak_bytes: u64,
}

/// Archives a window of a file of items into a folder, as the archiver does.
///
/// # Panics
/// If it cannot.
pub fn archive_file(items: &Path, window: Window, out: &Path) -> Archived {
    let store = ItemFile::open(items);
    let trail = trail("111122223333".parse().expect("an account"));
    let clock = || window.end().plus_millis(MINUTE);
    let job = Job {
        trail: &trail,
        region: "us-east-1",
        window,
        now: clock(),
        sizes: Sizes::default(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let folder = Folder(out.to_owned());
    let record = runtime
        .expect("a runtime")
        .block_on(archive(&store, &folder, job, &clock));
    Archived {
        events: record.expect("archived").counts.archived,
        peak_bytes: peak_bytes(),
    }
}

fn trail(account: AccountId) -> Trail {
    let (name, start) = ("audit".parse(), Instant::from_seconds(0));
    Trail::new(
        account,
        name.expect("a name"),
        "0123456789abcdef",
        ("bucket", account),
        start,
    )
}

/// A folder in place of a bucket; parts are appended.
struct Folder(PathBuf);

impl Folder {
    fn append(&self, target: &Target, body: &[u8]) {
        let name = target.key.rsplit('/').next().unwrap_or_default();
        let mut options = File::options();
        let file = options.create(true).append(true).open(self.0.join(name));
        file.and_then(|mut file| file.write_all(body))
            .expect("written");
    }
}

impl Uploads for Folder {
    type Part = ();

    async fn put(
        &self,
        target: &Target,
        body: Vec<u8>,
        _: &[(&str, String)],
    ) -> Result<(), DeliveryError> {
        self.append(target, &body);
        Ok(())
    }

    async fn begin(&self, _: &Target) -> Result<String, DeliveryError> {
        Ok(String::new())
    }

    async fn part(
        &self,
        target: &Target,
        _: &str,
        _: i32,
        body: Vec<u8>,
    ) -> Result<(), DeliveryError> {
        self.append(target, &body);
        Ok(())
    }

    async fn complete(&self, _: &Target, _: &str, _: Vec<()>) -> Result<(), DeliveryError> {
        Ok(())
    }

    async fn abort(&self, _: &Target, _: &str) {}
}
