//! An archive on its way: written, and sent part by part. One that fits a part is put in one go.

use std::io;

use activity_log_core::instant::Instant;
use activity_log_core::trail::format::Format;
use activity_log_core::trail::record::Archive;

use crate::uploads::{DeliveryError, Target, Uploads};
use crate::writer::{ArchiveWriter, Sizes};

/// Why an archive did not get where it should.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// the bucket did not take it
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    /// it could not be written
    #[error("the archive could not be written")]
    Write(#[from] io::Error),
}

pub(crate) struct Outgoing<'u, U: Uploads> {
    uploads: &'u U,
    target: Target,
    writer: ArchiveWriter,
    upload: Option<(String, Vec<U::Part>)>,
}

impl<'u, U: Uploads> Outgoing<'u, U> {
    pub fn new(uploads: &'u U, target: Target, format: Format, sizes: Sizes) -> Self {
        let name = target.key.rsplit('/').next().unwrap_or_default();
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        let writer = ArchiveWriter::new(stem, format, sizes);
        Self {
            uploads,
            target,
            writer,
            upload: None,
        }
    }

    pub fn push(&mut self, record: &str, time: Instant) -> io::Result<()> {
        self.writer.push(record, time)
    }

    pub fn is_full(&self) -> bool {
        self.writer.is_full()
    }

    /// Sends what is ready.
    pub async fn send_ready(&mut self) -> Result<(), SendError> {
        while let Some(part) = self.writer.take_part() {
            self.send(part).await?;
        }
        Ok(())
    }

    /// Ends the archive and makes it appear in the bucket.
    pub async fn finish(self) -> Result<Archive, SendError> {
        let Self {
            uploads,
            target,
            writer,
            upload,
        } = self;
        let finished = writer.finish()?;
        let (oldest, newest) = finished
            .span
            .unwrap_or((Instant::from_millis(0), Instant::from_millis(0)));
        match upload {
            None => uploads.put(&target, finished.rest, &[]).await?,
            Some((id, parts)) => {
                if let Err(error) = complete(uploads, &target, &id, parts, finished.rest).await {
                    uploads.abort(&target, &id).await;
                    return Err(error.into());
                }
            }
        }
        Ok(Archive {
            bucket: target.bucket,
            key: target.key,
            sha256: finished.sha256,
            bytes: finished.bytes,
            events: finished.events,
            oldest,
            newest,
        })
    }

    async fn send(&mut self, body: Vec<u8>) -> Result<(), DeliveryError> {
        let (id, parts) = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert((self.uploads.begin(&self.target).await?, Vec::new())),
        };
        let number = number_after(parts);
        parts.push(self.uploads.part(&self.target, id, number, body).await?);
        Ok(())
    }

    /// Gives the archive up, whatever went wrong.
    pub async fn give_up(self) {
        if let Some((id, _)) = self.upload {
            self.uploads.abort(&self.target, &id).await;
        }
    }
}

async fn complete<U: Uploads>(
    uploads: &U,
    target: &Target,
    id: &str,
    mut parts: Vec<U::Part>,
    rest: Vec<u8>,
) -> Result<(), DeliveryError> {
    let number = number_after(&parts);
    parts.push(uploads.part(target, id, number, rest).await?);
    uploads.complete(target, id, parts).await
}

/// An archive has a dozen parts.
fn number_after<P>(parts: &[P]) -> i32 {
    i32::try_from(parts.len() + 1).unwrap_or(i32::MAX)
}
