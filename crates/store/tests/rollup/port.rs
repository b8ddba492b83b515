//! A port over items in memory that fails, stops or errs as it is told.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use activity_log_core::head::Head;
use activity_log_core::instant::Instant;
use activity_log_core::items::{
    Ask, Consistency, Created, Item, ItemReader, ItemWriter, Key, Slice, WriteError,
};
use activity_log_core::reader::ReadError;
use activity_log_store::memory::MemoryItems;

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// nothing was done
    Before,
    /// all was done, and the caller does not know
    After,
    /// half of what was to be put was
    Half,
}

/// Mistakes that a port can make its caller commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// what is indexed is not found
    HidesBlocks,
    /// the head is written whatever it has become
    BlindHead,
    /// blocks that the head has no more are gone
    DropsReplaced,
}

/// The port.
pub struct Port<'s> {
    pub items: &'s MemoryItems,
    calls: AtomicUsize,
    death: Option<(usize, Death)>,
    yields: bool,
    lags: bool,
    wrong: Option<Wrong>,
}

#[derive(Debug, thiserror::Error)]
#[error("died")]
struct Died;

impl<'s> Port<'s> {
    /// One that does what it should.
    pub fn new(items: &'s MemoryItems) -> Self {
        Self {
            items,
            calls: AtomicUsize::new(0),
            death: None,
            yields: false,
            lags: false,
            wrong: None,
        }
    }

    /// One whose call with this number, and all after it, fail.
    pub fn dying(items: &'s MemoryItems, at: usize, death: Death) -> Self {
        Self {
            death: Some((at, death)),
            ..Self::new(items)
        }
    }

    /// One whose copies of the table know of no arrival yet.
    pub fn lagging(items: &'s MemoryItems) -> Self {
        Self {
            lags: true,
            ..Self::new(items)
        }
    }

    /// One that lets others go on before and after every call.
    pub fn yielding(items: &'s MemoryItems, wrong: Option<Wrong>) -> Self {
        Self {
            yields: true,
            wrong,
            ..Self::new(items)
        }
    }

    /// How often it was called.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call; how it fails.
    fn called(&self) -> Option<Death> {
        let at = self.calls.fetch_add(1, Ordering::Relaxed);
        match self.death {
            Some((dies, death)) if at == dies => Some(death),
            Some((dies, _)) if at > dies => Some(Death::Before),
            _ => None,
        }
    }

    async fn pause(&self) {
        if self.yields {
            pause().await;
        }
    }

    fn is_hidden(&self, partition: &str) -> bool {
        let is_block = partition.starts_with("I#") || partition.starts_with("D#");
        self.wrong == Some(Wrong::HidesBlocks) && is_block
    }

    /// Deletes the items of blocks that a head has no more.
    fn drop_replaced(&self, old: &Head, new: &Head) {
        let kept = |id| new.blocks.iter().any(|block| block.id == id);
        for block in old.blocks.iter().filter(|block| !kept(block.id)) {
            let id = format!("#{}", block.id);
            let gone = self.items.all().into_iter().filter(|item| {
                let partition = &item.key.partition;
                (partition.starts_with("I#") || partition.starts_with("D#"))
                    && partition.contains(&id)
            });
            let gone: Vec<Item> = gone
                .map(|item| Item {
                    expires: Instant::from_millis(0),
                    ..item
                })
                .collect();
            let _ = block_on(self.items.put(&gone));
            self.items.expire(Instant::from_millis(1));
        }
    }
}

/// Runs a future that never waits for anything but its turn.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Lets others go on.
pub async fn pause() {
    let mut is_ready = false;
    poll_fn(|context| {
        if is_ready {
            return Poll::Ready(());
        }
        is_ready = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

fn not_read() -> ReadError {
    ReadError::Store(Box::new(Died))
}

fn not_written() -> WriteError {
    WriteError(Box::new(Died))
}

impl ItemReader for Port<'_> {
    async fn range(&self, ask: &Ask) -> Result<Slice, ReadError> {
        self.pause().await;
        if self.called().is_some() {
            return Err(not_read());
        }
        let is_behind = self.lags
            && ask.partition.starts_with("L#")
            && ask.consistency == Consistency::Eventual;
        if is_behind || self.is_hidden(&ask.partition) {
            return Ok(Slice::default());
        }
        let slice = self.items.range(ask).await;
        self.pause().await;
        slice
    }

    async fn get(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>, ReadError> {
        self.pause().await;
        if self.called().is_some() {
            return Err(not_read());
        }
        let items = self.items.get(keys, consistency).await;
        self.pause().await;
        items
    }
}

impl ItemWriter for Port<'_> {
    async fn create(&self, item: &Item) -> Result<Created, WriteError> {
        // No pause before it: whoever commits looked at the clock just now.
        let death = self.called();
        if death.is_some() && death != Some(Death::After) {
            return Err(not_written());
        }
        let created = self.items.create(item).await;
        self.pause().await;
        if death.is_some() {
            return Err(not_written());
        }
        created
    }

    async fn put(&self, items: &[Item]) -> Result<(), WriteError> {
        let death = self.called();
        let count = match death {
            Some(Death::Before) => 0,
            Some(Death::Half) => items.len() / 2,
            Some(Death::After) | None => items.len(),
        };
        // One by one, as others may write the same meanwhile.
        for item in &items[..count] {
            self.pause().await;
            self.items.put(std::slice::from_ref(item)).await?;
        }
        if death.is_some() {
            return Err(not_written());
        }
        Ok(())
    }

    async fn swap(&self, item: &Item) -> Result<bool, WriteError> {
        self.pause().await;
        let death = self.called();
        if death.is_some() && death != Some(Death::After) {
            return Err(not_written());
        }
        let is_head = item.key.sort == "head";
        let mut item = item.clone();
        let before = self
            .items
            .get(std::slice::from_ref(&item.key), Consistency::Strong)
            .await;
        let before = before.unwrap().into_iter().next();
        if is_head && self.wrong == Some(Wrong::BlindHead) {
            item.revision = before.as_ref().map_or(0, |before| before.revision);
        }
        let is_done = self.items.swap(&item).await?;
        if is_done && is_head && self.wrong == Some(Wrong::DropsReplaced) {
            let (old, new) = (
                Head::of(before.as_ref()).unwrap(),
                Head::of(Some(&item)).unwrap(),
            );
            self.drop_replaced(&old, &new);
        }
        self.pause().await;
        if death.is_some() {
            return Err(not_written());
        }
        Ok(is_done)
    }
}
