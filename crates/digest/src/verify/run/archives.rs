//! Archives: those listed, window by window, and those that are not.

use activity_log_core::trail::format::Format;
use activity_log_core::window::Window;

use super::{Done, Run, place};
use crate::document::{LogFile, WindowEntry};
use crate::verify::archive::{self, ArchiveFault, MAX_ARCHIVE_BYTES};
use crate::verify::bucket::{Buckets, Fetched, KeyRange};
use crate::verify::digest::Digest;
use crate::verify::finding::Finding;
use crate::verify::{Request, VerifyError, unlisted};

impl<B: Buckets, F: FnMut(Finding)> Run<'_, B, F> {
    /// Reads a window's archives.
    pub(super) async fn window(
        &mut self,
        digest: &Digest,
        window: &WindowEntry,
        files: &[LogFile],
    ) -> Done<B> {
        self.report.totals.add_window(&window.counts);
        let (bucket, key) = place(digest);
        let end = window.end.clone();
        let parts = window.counts.expired_parts;
        if parts > 0 {
            self.found(Finding::Expired {
                bucket: bucket.clone(),
                key: key.clone(),
                end: end.clone(),
                parts,
            });
        }
        if window.retention_over {
            self.found(Finding::RetentionOver {
                bucket: bucket.clone(),
                key: key.clone(),
                end: end.clone(),
            });
        }
        let mut held = Some(0);
        for file in files {
            let events = self.archive(file).await?;
            held = held.zip(events).map(|(held, events)| held + events);
        }
        let archived = window.counts.archived;
        // If one could not be read, that is told already.
        if let Some(held) = held.filter(|held| *held != archived) {
            self.found(Finding::WrongCount {
                bucket,
                key,
                end,
                archived,
                held,
            });
        }
        Ok(())
    }

    /// Reads an archive; `None` if it is not valid, which is told.
    async fn archive(&mut self, file: &LogFile) -> Result<Option<u64>, VerifyError<B::Error>> {
        let (bucket, key) = (file.s3_bucket.clone(), file.s3_object.clone());
        self.report.totals.archives += 1;
        if bucket == self.request.bucket {
            self.known.listed.insert(key.clone());
        }
        let read = match self.get(&bucket, &key, MAX_ARCHIVE_BYTES).await? {
            Fetched::Object(object) => {
                // What is neither is no tar either, and told so.
                let format = Format::of_key(&key).unwrap_or_default();
                archive::read(&object.body, format, &file.hash_value, &mut self.seen)
            }
            Fetched::TooLarge => Err(ArchiveFault::TooLarge),
            Fetched::Missing => {
                self.found(Finding::MissingArchive { bucket, key });
                return Ok(None);
            }
            Fetched::Refused(source) => {
                self.unreadable(&bucket, key, source);
                return Ok(None);
            }
        };
        let contents = match read {
            Ok(contents) => contents,
            Err(fault) => {
                self.found(Finding::BadArchive { bucket, key, fault });
                return Ok(None);
            }
        };
        self.report.totals.valid_archives += 1;
        self.report.totals.events += contents.events;
        if let Some((time, id)) = contents.first_repeated {
            let events = contents.repeated;
            self.found(Finding::ArchivedTwice {
                bucket,
                key,
                events,
                time,
                id,
            });
        }
        Ok(Some(contents.events))
    }

    /// Looks for archives that no digest lists.
    pub async fn unlisted(&mut self) -> Done<B> {
        let Request {
            bucket,
            location,
            start,
            end,
            ..
        } = *self.request;
        // A window's archives are named by its end; part 0 comes before all parts, of whatever format.
        let before = |window| location.archive(window, "", 0, Format::default());
        let range = KeyRange {
            prefix: location.archives(),
            after: start.map(|start| before(Window::of(start))),
            until: before(Window::of(end).next()),
        };
        let known = std::mem::take(&mut self.known);
        let mut count = unlisted::Count::new(&known, location, bucket);
        self.list(range, |run, key| {
            if let Some(finding) = count.add(key) {
                run.found(finding);
            }
        })
        .await?;
        for finding in count.finish() {
            self.found(finding);
        }
        Ok(())
    }
}
