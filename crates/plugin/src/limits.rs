//! What a plugin may use, and the errors that name it.
//!
//! Every number a plugin can make grow is here. A limit that is met is an error that says which limit it was, how
//! large it is, and is the same whether a customer reads it in a failed report or an author in `alog plugin test`.

use std::fmt;
use std::time::Duration;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Most rows of a batch: part of the frozen interface.
pub const BATCH_ROWS: usize = 4096;

/// A batch is full when its values hold this many bytes, if it is not full of rows before: whole events, as some
/// plugins ask for them, would not fit into a plugin's memory 4,096 at a time.
pub const BATCH_BYTES: usize = 8 * MIB;

/// What a plugin may use: at upload, while it is compiled, and while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A component's bytes.
    pub upload_bytes: usize,
    /// One function's body: what compilers need more than linear time and memory for.
    pub function_bytes: usize,
    /// One function's locals, for the same reason.
    pub function_locals: u32,
    /// How often parts may occur in a component.
    pub counts: Counts,
    /// Time to compile, enforced on a compiling child process only: see [`crate::isolated`].
    pub compile_time: Duration,
    /// Address space to compile in, enforced on a compiling child process only.
    pub compile_memory_bytes: u64,
    /// The compiled form.
    pub compiled_bytes: usize,
    /// All memories of a running plugin together.
    pub memory_bytes: usize,
    /// How many memories.
    pub memories: u32,
    /// How many tables.
    pub tables: u32,
    /// All tables' elements together.
    pub table_elements: usize,
    /// The time of a call to `describe` or `start`.
    pub start_time: Duration,
    /// The time of a call to `filter`.
    pub batch_time: Duration,
    /// A verdict as the host holds it: its texts, and a few bytes for each value, index and row.
    pub verdict_bytes: usize,
    /// One text or JSON in a verdict.
    pub value_bytes: usize,
    /// What is kept of a run's log.
    pub log_bytes: usize,
    /// What is kept of the message of a plugin's own failure.
    pub message_bytes: usize,
}

/// How often parts may occur in a component, all its modules and nested components together.
///
/// An engine for JavaScript or Python has some ten thousand functions; the caps are several times that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// core modules
    pub modules: usize,
    /// nested components
    pub components: usize,
    /// instances of modules and components that one instance of the component makes, those of nested ones too
    pub instances: usize,
    /// types
    pub types: usize,
    /// imports
    pub imports: usize,
    /// exports
    pub exports: usize,
    /// functions: defined, aliased, lifted and lowered
    pub functions: usize,
    /// globals
    pub globals: usize,
    /// tables
    pub tables: usize,
    /// memories
    pub memories: usize,
    /// element segments
    pub element_segments: usize,
    /// data segments
    pub data_segments: usize,
}

/// The stack of a plugin. Fixed, because it belongs to the engine and not to a run.
pub const STACK_BYTES: usize = 256 * KIB;

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload_bytes: 32 * MIB,
            function_bytes: 512 * KIB,
            function_locals: 1000,
            counts: Counts::default(),
            compile_time: Duration::from_mins(1),
            compile_memory_bytes: 2 << 30,
            compiled_bytes: 128 * MIB,
            memory_bytes: 64 * MIB,
            memories: 8,
            tables: 32,
            table_elements: 200_000,
            start_time: Duration::from_secs(5),
            batch_time: Duration::from_secs(5),
            verdict_bytes: 16 * MIB,
            value_bytes: 256 * KIB,
            log_bytes: 64 * KIB,
            message_bytes: 4 * KIB,
        }
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            modules: 64,
            components: 128,
            instances: 256,
            types: 20_000,
            imports: 20_000,
            exports: 20_000,
            functions: 100_000,
            globals: 20_000,
            tables: 64,
            memories: 64,
            element_segments: 20_000,
            data_segments: 20_000,
        }
    }
}

/// A limit that a running plugin met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exceeded {
    /// all memories together
    #[error("memory: the plugin asked for more than {}", Bytes(*.0))]
    Memory(usize),
    /// how many memories
    #[error("memories: the plugin has more than {0}")]
    Memories(u32),
    /// how many tables
    #[error("tables: the plugin has more than {0}")]
    Tables(u32),
    /// all tables together
    #[error("table elements: the plugin's tables grew to more than {0} elements")]
    TableElements(usize),
    /// the stack: [`STACK_BYTES`]
    #[error(
        "stack: the plugin's calls nest deeper than {} of stack hold; look for endless recursion",
        Bytes(STACK_BYTES)
    )]
    Stack,
    /// a call to `describe` or `start`
    #[error("start time: the plugin took longer than {} to describe itself or to start", Seconds(*.0))]
    StartTime(Duration),
    /// a call to `filter`
    #[error("batch time: the plugin took longer than {} for one batch; look for an endless loop", Seconds(*.0))]
    BatchTime(Duration),
    /// all calls of a run
    #[error("time: the plugin took longer than the run's {} in all", Seconds(*.0))]
    Time(Duration),
    /// the run's fuel
    #[error("fuel: the plugin used up the run's {0} units of fuel")]
    Fuel(u64),
    /// what a call gives back
    #[error("verdict size: the plugin gave back more than {}", Bytes(*.0))]
    VerdictBytes(usize),
}

impl Exceeded {
    /// A short name that does not change, for logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Memory(_) => "memory",
            Self::Memories(_) => "memories",
            Self::Tables(_) => "tables",
            Self::TableElements(_) => "table elements",
            Self::Stack => "stack",
            Self::StartTime(_) => "start time",
            Self::BatchTime(_) => "batch time",
            Self::Time(_) => "time",
            Self::Fuel(_) => "fuel",
            Self::VerdictBytes(_) => "verdict size",
        }
    }
}

/// Bytes as people write them: 64 MiB.
#[derive(Clone, Copy)]
pub(crate) struct Bytes(pub usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes >= 1024 * MIB && bytes.is_multiple_of(1024 * MIB) => {
                write!(f, "{} GiB", bytes / (1024 * MIB))
            }
            bytes if bytes >= MIB && bytes.is_multiple_of(MIB) => write!(f, "{} MiB", bytes / MIB),
            bytes if bytes >= KIB && bytes.is_multiple_of(KIB) => write!(f, "{} KiB", bytes / KIB),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

/// A time as people write it: 5 s.
#[derive(Clone, Copy)]
pub(crate) struct Seconds(pub Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_secs(), self.0.subsec_millis()) {
            (seconds, 0) if seconds > 0 => write!(f, "{seconds} s"),
            _ => write!(f, "{} ms", self.0.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_limit_and_its_size() {
        let limits = Limits::default();
        for (exceeded, message) in [
            (
                Exceeded::Memory(limits.memory_bytes),
                "memory: the plugin asked for more than 64 MiB",
            ),
            (
                Exceeded::Stack,
                "stack: the plugin's calls nest deeper than 256 KiB of stack hold; look for endless recursion",
            ),
            (
                Exceeded::BatchTime(limits.batch_time),
                "batch time: the plugin took longer than 5 s for one batch; look for an endless loop",
            ),
            (
                Exceeded::Time(Duration::from_millis(1500)),
                "time: the plugin took longer than the run's 1500 ms in all",
            ),
            (
                Exceeded::VerdictBytes(1000),
                "verdict size: the plugin gave back more than 1000 bytes",
            ),
        ] {
            assert_eq!(exceeded.to_string(), message);
            assert!(message.starts_with(exceeded.name()));
        }
    }
}
