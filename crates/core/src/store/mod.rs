//! The ports of the segment store: what an adapter (DynamoDB, memory) must be able to do.

pub mod key;

use std::future::Future;

use crate::account::AccountId;
use crate::query::Attribute;
use crate::reader::ReadError;
use crate::window::Window;
use key::{SegmentKey, SegmentPartition, SortRange};

/// Attributes that get a posting. `EventId` has an index of its own (see [`Place::Identifiers`]),
/// `ReadOnly` is the class, and the others are looked for in the columns.
pub const POSTED: [Attribute; 10] = [
    Attribute::EventName,
    Attribute::Username,
    Attribute::ResourceName,
    Attribute::ResourceType,
    Attribute::EventSource,
    Attribute::AccessKeyId,
    Attribute::ErrorCode,
    Attribute::SourceIp,
    Attribute::Project,
    Attribute::Origin,
];

/// A segment as it is stored: the commit of its events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSegment {
    /// its name
    pub key: SegmentKey,
    /// the ingest window it was committed in
    pub window: Window,
    /// when it may be deleted, seconds since 1970
    pub expires: i64,
    /// encoded columns (see [`crate::segment::columns`])
    pub columns: Vec<u8>,
    /// encoded bodies (see [`crate::segment::bodies`])
    pub bodies: Vec<u8>,
}

/// Where an index entry lies.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// a posting: the segment holds this value of this attribute
    Posting(Attribute, String),
    /// fingerprints of the segment's event ids, by day of event time
    Identifiers(i64),
    /// a window mark: the segment was written in this ingest window
    Mark(Window),
}

/// An item beside a segment; without its segment it means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// where it lies
    pub place: Place,
    /// the segment it names
    pub key: SegmentKey,
    /// when it may be deleted, seconds since 1970
    pub expires: i64,
    /// fingerprints, 8 bytes an event, for [`Place::Identifiers`]; else empty
    pub fingerprints: Vec<u8>,
}

/// Part of a list, greatest sort key first (of window marks: least).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice<T> {
    /// what is there
    pub items: Vec<T>,
    /// the sort key to go on below (window marks: above); `None` at the end
    pub resume: Option<String>,
}

/// Fingerprints of one segment's event ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identifiers {
    /// the segment
    pub key: SegmentKey,
    /// 8 bytes an event
    pub fingerprints: Vec<u8>,
}

/// Reads segments and their indexes.
pub trait SegmentReader: Send + Sync {
    /// Segments of a partition, newest first, at most `limit` of them.
    fn segments(
        &self,
        partition: SegmentPartition,
        range: &SortRange,
        limit: usize,
    ) -> impl Future<Output = Result<Slice<StoredSegment>, ReadError>> + Send;

    /// Segments that hold a value of an attribute, newest first, at most `limit` of them.
    fn postings(
        &self,
        account: AccountId,
        attribute: Attribute,
        value: &str,
        range: &SortRange,
        limit: usize,
    ) -> impl Future<Output = Result<Slice<SegmentKey>, ReadError>> + Send;

    /// Fingerprints of the event ids of a day, newest segment first.
    fn identifiers(
        &self,
        account: AccountId,
        day: i64,
        range: &SortRange,
    ) -> impl Future<Output = Result<Slice<Identifiers>, ReadError>> + Send;

    /// The named segments, those that exist, in any order.
    fn fetch(
        &self,
        keys: &[SegmentKey],
    ) -> impl Future<Output = Result<Vec<StoredSegment>, ReadError>> + Send;
}

/// Reads what was ingested in a window.
pub trait WindowReader: Send + Sync {
    /// Segments marked in a window, least sort key first, above the sort key `after`, at most `limit` of
    /// them; `resume` is what to go on after. A mark may name a segment that was committed in another
    /// window, or never.
    fn marks(
        &self,
        account: AccountId,
        window: Window,
        after: Option<&str>,
        limit: usize,
    ) -> impl Future<Output = Result<Slice<SegmentKey>, ReadError>> + Send;
}

/// What became of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// it is new
    Stored,
    /// the same segment was there already
    AlreadyThere,
}

/// The store could not write; the same write may be tried again.
#[derive(Debug, thiserror::Error)]
#[error("the store of events did not take a write")]
pub struct WriteError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Writes segments and their indexes.
pub trait SegmentWriter: Send + Sync {
    /// Writes index entries, all of them or an error. Writing one again changes nothing.
    fn index(&self, entries: &[IndexEntry]) -> impl Future<Output = Result<(), WriteError>> + Send;

    /// Writes a segment unless it is there.
    fn commit(
        &self,
        segment: &StoredSegment,
    ) -> impl Future<Output = Result<Committed, WriteError>> + Send;
}
