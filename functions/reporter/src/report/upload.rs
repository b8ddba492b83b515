//! A report's file on its way into the bucket: part by part, over however many runs. One that fits a part is put in
//! one go.

use activity_log_reporting::Checkpoint;

use crate::files::{Files, Part, UploadError};
use crate::report::kept::Content;

/// A file that is being uploaded.
pub struct Upload<'f, F> {
    files: &'f F,
    key: String,
    content_type: &'static str,
    part_bytes: usize,
    /// its id, and whether this run has begun it
    begun: Option<(String, bool)>,
    parts: Vec<Part>,
    /// not sent yet
    pending: Vec<u8>,
}

impl<'f, F: Files> Upload<'f, F> {
    /// Begins, or goes on with what was kept.
    pub fn new(
        files: &'f F,
        key: String,
        content_type: &'static str,
        part_bytes: usize,
        kept: Option<Content>,
    ) -> Self {
        let (begun, parts, pending) = kept.map_or_else(Default::default, |kept| {
            (kept.upload.map(|id| (id, false)), kept.parts, kept.tail)
        });
        Self {
            files,
            key,
            content_type,
            part_bytes,
            begun,
            parts,
            pending,
        }
    }

    /// Takes bytes, and sends them when they are enough for a part.
    pub async fn push(&mut self, bytes: Vec<u8>) -> Result<(), UploadError> {
        if self.pending.is_empty() {
            self.pending = bytes;
        } else {
            self.pending.extend_from_slice(&bytes);
        }
        if self.pending.len() >= self.part_bytes {
            self.send().await?;
        }
        Ok(())
    }

    /// Makes the object appear.
    pub async fn finish(&mut self) -> Result<(), UploadError> {
        if self.begun.is_none() {
            let body = std::mem::take(&mut self.pending);
            self.files.put(&self.key, self.content_type, body).await?;
            return Ok(());
        }
        if !self.pending.is_empty() {
            self.send().await?;
        }
        if let Some((id, _)) = &self.begun {
            self.files.complete(&self.key, id, &self.parts).await?;
        }
        self.begun = None;
        Ok(())
    }

    /// What the next run needs, with the last bytes of this one. From then on this run gives nothing up.
    pub fn keep(&mut self, tail: Vec<u8>, checkpoint: Checkpoint) -> Content {
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend(tail);
        Content {
            upload: self.begun.as_ref().map(|(id, _)| id.clone()),
            parts: std::mem::take(&mut self.parts),
            checkpoint,
            tail: pending,
        }
    }

    /// Gives it up if this run has begun it: the next one will begin another.
    pub async fn give_up_own(self) {
        if let Some((id, true)) = self.begun {
            self.files.abort(&self.key, &id).await;
        }
    }

    async fn send(&mut self) -> Result<(), UploadError> {
        let (id, _) = if let Some(begun) = &self.begun {
            begun
        } else {
            let id = self.files.begin(&self.key, self.content_type).await?;
            self.begun.insert((id, true))
        };
        // 20 GB in parts of 5 MiB at least: far below S3's 10,000.
        let number = i32::try_from(self.parts.len() + 1).unwrap_or(i32::MAX);
        let body = std::mem::take(&mut self.pending);
        let part = self.files.part(&self.key, id, number, body).await?;
        self.parts.push(part);
        Ok(())
    }
}
