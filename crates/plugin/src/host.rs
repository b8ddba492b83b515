//! What a plugin's store holds: its limits, its deadline and its log.

use std::time::Instant;

use wasmtime::component::{Linker, WasmStr};
use wasmtime::{Engine, ResourceLimiter, StoreContextMut};

use crate::limits::{Bytes, Exceeded, Limits};
use crate::world::{LINE, LOG};

pub(crate) struct Host {
    limits: Room,
    deadline: Option<(Instant, Exceeded)>,
    pub(crate) log: Log,
}

/// What the plugin may still grow by.
struct Room {
    memory_bytes: usize,
    memory_max: usize,
    table_elements: usize,
    table_max: usize,
}

impl Host {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            limits: Room {
                memory_bytes: 0,
                memory_max: limits.memory_bytes,
                table_elements: 0,
                table_max: limits.table_elements,
            },
            deadline: None,
            log: Log::new(limits.log_bytes),
        }
    }

    /// All memories together. They never shrink, so it is the most there were.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.limits.memory_bytes
    }

    /// Until when the plugin may run, and which limit that is.
    pub(crate) fn set_deadline(&mut self, at: Instant, limit: Exceeded) {
        self.deadline = Some((at, limit));
    }

    /// Called at every tick of the clock while the plugin runs.
    pub(crate) fn check_deadline(&self) -> Result<(), Exceeded> {
        match self.deadline {
            Some((at, limit)) if Instant::now() >= at => Err(limit),
            _ => Ok(()),
        }
    }
}

/// wasmtime asks for each memory on its own; what counts is what they are together. A plugin is stopped where it
/// asks for too much, and not told so: most would stop anyway, but with a trap that does not name the limit.
impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let room = &mut self.limits;
        let all = room
            .memory_bytes
            .saturating_add(desired.saturating_sub(current));
        if all > room.memory_max {
            return Err(Exceeded::Memory(room.memory_max).into());
        }
        room.memory_bytes = all;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let room = &mut self.limits;
        let all = room
            .table_elements
            .saturating_add(desired.saturating_sub(current));
        if all > room.table_max {
            return Err(Exceeded::TableElements(room.table_max).into());
        }
        room.table_elements = all;
        Ok(true)
    }
}

/// What a plugin wrote to its log.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) lines: Vec<String>,
    /// those cut too
    pub(crate) count: u64,
    pub(crate) cut: bool,
    bytes: usize,
    max: usize,
}

impl Log {
    fn new(max: usize) -> Self {
        Self {
            max,
            ..Self::default()
        }
    }

    /// Whether there is room for another line's first character.
    fn has_room(&self) -> bool {
        !self.cut && self.bytes < self.max
    }

    fn push(&mut self, line: &str) {
        // A line of its own costs at least one.
        let room = self.max.saturating_sub(self.bytes + 1);
        let kept = &line[..line.floor_char_boundary(room)];
        self.bytes += kept.len() + 1;
        self.lines.push(kept.to_owned());
        if kept.len() < line.len() {
            self.end();
        }
    }

    fn end(&mut self) {
        if !self.cut {
            self.cut = true;
            self.lines.push(format!(
                "… (the log is cut here, after {})",
                Bytes(self.max)
            ));
        }
    }
}

/// All that a plugin may call.
pub(crate) fn linker(engine: &Engine) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    linker.instance(LOG)?.func_wrap(LINE, line)?;
    Ok(linker)
}

/// A line for the log. Once the log is full the plugin's text is not even looked at.
fn line(mut store: StoreContextMut<'_, Host>, (message,): (WasmStr,)) -> wasmtime::Result<()> {
    store.data_mut().log.count += 1;
    if !store.data().log.has_room() {
        store.data_mut().log.end();
        return Ok(());
    }
    let line = message.to_str(&store)?.into_owned();
    store.data_mut().log.push(&line);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_cut_and_says_so() {
        let mut log = Log::new(10);
        log.push("abc");
        assert!(log.has_room());
        log.push("äöüxyz");
        assert_eq!(
            log.lines,
            ["abc", "äö", "… (the log is cut here, after 10 bytes)"]
        );
        assert!(log.cut && !log.has_room());
        log.end();
        assert_eq!(log.lines.len(), 3);
    }

    #[test]
    fn even_empty_lines_fill_it() {
        let mut log = Log::new(3);
        while log.has_room() {
            log.push("");
        }
        assert_eq!((log.lines.len(), log.cut), (3, false));
    }
}
