//! What is kept of a report between two runs: an object of its own, for an upload's parts are too many for the
//! report's item. The report says its key and its SHA-256, so that it is read as it was written or not at all.
//!
//! ```text
//! one line of JSON: upload, parts, checkpoint | the bytes that were too few for a part
//! ```

use activity_log_control::BoxError;
use activity_log_core::causes::chain;
use activity_log_reporting::Checkpoint;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::files::{Files, FilesError, Part, Read};

/// Bytes of the line at most: S3's 10,000 parts.
const LINE_BYTES: u64 = 4 << 20;

/// Where it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// the object's key
    pub key: String,
    /// hex
    sha256: String,
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// the upload's id, where one was begun
    pub upload: Option<String>,
    /// what was sent of it
    pub parts: Vec<Part>,
    /// where to go on
    pub checkpoint: Checkpoint,
    /// bytes that were not sent
    pub tail: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    upload: Option<String>,
    parts: Vec<Part>,
    checkpoint: Checkpoint,
}

impl Kept {
    /// Keeps it.
    pub async fn write<F: Files>(
        files: &F,
        key: String,
        content: &Content,
    ) -> Result<Self, BoxError> {
        let line = Line {
            upload: content.upload.clone(),
            parts: content.parts.clone(),
            checkpoint: content.checkpoint.clone(),
        };
        let mut body = serde_json::to_vec(&line)?;
        body.push(b'\n');
        body.extend_from_slice(&content.tail);
        let sha256 = hex::encode(Sha256::digest(&body));
        files.put(&key, "application/octet-stream", body).await?;
        Ok(Self { key, sha256 })
    }

    /// What was kept; `None` if it is not there as it was written.
    pub async fn read<F: Files>(
        &self,
        files: &F,
        part_bytes: usize,
    ) -> Result<Option<Content>, FilesError> {
        // Nearly a part of the run before, and nearly one of this.
        let most_bytes = LINE_BYTES + 2 * part_bytes as u64;
        let Read::Bytes(body) = files.read(&self.key, most_bytes).await? else {
            return Ok(None);
        };
        if hex::encode(Sha256::digest(&body)) != self.sha256 {
            return Ok(None);
        }
        let content = content(&body);
        if let Err(error) = &content {
            tracing::warn!(
                key = self.key,
                cause = chain(error),
                "what was kept cannot be read"
            );
        }
        Ok(content.ok())
    }

    /// As the report's checkpoint has it.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// From the report's checkpoint.
    pub fn of_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

fn content(body: &[u8]) -> Result<Content, serde_json::Error> {
    let end = body
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(body.len());
    let line: Line = serde_json::from_slice(&body[..end])?;
    Ok(Content {
        upload: line.upload,
        parts: line.parts,
        checkpoint: line.checkpoint,
        tail: body.get(end + 1..).unwrap_or_default().to_vec(),
    })
}
