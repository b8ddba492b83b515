//! What the API needs of the outside, beside the ports to the control table.

use activity_log_control::{
    Account, BoxError, CursorKeys, PluginReader, PluginWriter, ReportReader, ReportWriter, Sessions,
};
use activity_log_core::instant::Instant;
use activity_log_core::reader::{EventCounter, EventReader};
use activity_log_core::reports::WorkMessage;
use bytes::Bytes;

/// Something was not done with the object of this key.
#[derive(Debug, thiserror::Error)]
#[error("{operation} of {key} failed")]
pub struct FileError {
    /// the operation, by S3's name
    pub operation: &'static str,
    /// the object's key
    pub key: String,
    /// what lies behind it
    #[source]
    pub source: BoxError,
}

/// When a link ends that is given now: links count from whole seconds.
pub fn link_end(now: Instant, seconds: u32) -> Instant {
    Instant::from_seconds(now.seconds() + i64::from(seconds))
}

/// A link by which whoever has it may fetch one object for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DownloadLink<'a> {
    /// the object's key
    pub key: &'a str,
    /// how the browser is to name the file: plain ASCII without quotation marks
    pub file_name: &'a str,
    /// the media type it is told
    pub content_type: &'a str,
    /// the time of the request; the link is good from its whole second on
    pub now: Instant,
    /// for how many seconds
    pub seconds: u32,
}

/// A link by which whoever has it may write one object for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadLink<'a> {
    /// the object's key
    pub key: &'a str,
    /// if it is known: then nothing of another length can be sent
    pub size_bytes: Option<u64>,
    /// the time of the request; the link is good from its whole second on
    pub now: Instant,
    /// for how many seconds
    pub seconds: u32,
}

/// The stack's own bucket of reports and plugins.
pub trait Files: Send + Sync {
    /// Writes an object.
    fn put(&self, key: &str, body: Bytes) -> impl Future<Output = Result<(), FileError>> + Send;

    /// The length of the object, if there is one.
    fn size(&self, key: &str) -> impl Future<Output = Result<Option<u64>, FileError>> + Send;

    /// Deletes the object; one that is not there is no error.
    fn delete(&self, key: &str) -> impl Future<Output = Result<(), FileError>> + Send;

    /// The URL of a link to fetch.
    fn download_link(
        &self,
        link: DownloadLink<'_>,
    ) -> impl Future<Output = Result<String, FileError>> + Send;

    /// The URL of a link to write.
    fn upload_link(
        &self,
        link: UploadLink<'_>,
    ) -> impl Future<Output = Result<String, FileError>> + Send;
}

/// A message was not sent.
#[derive(Debug, thiserror::Error)]
#[error("a message could not be sent to {queue}")]
pub struct WorkError {
    /// the queue's URL
    pub queue: String,
    /// what lies behind it
    #[source]
    pub source: BoxError,
}

/// The reporter's queue.
pub trait Work: Send + Sync {
    /// Sends a message.
    fn send(&self, message: &WorkMessage) -> impl Future<Output = Result<(), WorkError>> + Send;
}

/// The ports of a service.
pub trait Ports: Send + Sync {
    /// finds and counts events
    type Events: EventReader + EventCounter;
    /// opens the keys of tokens
    type Cursors: CursorKeys;
    /// opens and closes sessions
    type Sessions: Sessions;
    /// knows, makes and ends reports; cannot work on any
    type Reports: ReportReader + ReportWriter;
    /// knows, makes and deletes plugins
    type Plugins: PluginReader + PluginWriter;
    /// keeps files
    type Files: Files;
    /// takes what is to be done
    type Work: Work;

    /// The reader of events.
    fn events(&self) -> &Self::Events;
    /// The keys of tokens.
    fn cursors(&self) -> &Self::Cursors;
    /// The sessions.
    fn sessions(&self) -> &Self::Sessions;
    /// The reports.
    fn reports(&self) -> &Self::Reports;
    /// The plugins.
    fn plugins(&self) -> &Self::Plugins;
    /// The files.
    fn files(&self) -> &Self::Files;
    /// The queue.
    fn work(&self) -> &Self::Work;
    /// Days the account's events are kept.
    fn retention_days(&self, account: &Account) -> u32;
}
