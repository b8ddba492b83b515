//! The clock of running plugins.
//!
//! wasmtime interrupts a plugin when its engine's epoch moves on. A thread moves it every [`TICK`] while at least one
//! run exists, sleeps otherwise, and ends with the engine.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How exactly times are kept.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Owns the thread.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    stopped: bool,
}

/// While it lives, the epoch moves.
#[derive(Debug)]
pub(crate) struct Running(Arc<Shared>);

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock, and two numbers are always whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ticks until stopped.
    fn serve(&self, tick: impl Fn()) {
        let mut state = self.state();
        while !state.stopped {
            if state.running == 0 {
                state = self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            } else {
                state = self
                    .changed
                    .wait_timeout(state, TICK)
                    .unwrap_or_else(PoisonError::into_inner)
                    .0;
                tick();
            }
        }
    }
}

impl Ticker {
    pub(crate) fn new(tick: impl Fn() + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("plugin-clock".to_owned())
            .spawn(move || served.serve(tick))?;
        Ok(Self {
            shared,
            thread: Some(thread),
        })
    }

    pub(crate) fn run(&self) -> Running {
        let mut state = self.shared.state();
        state.running += 1;
        if state.running == 1 {
            self.shared.changed.notify_one();
        }
        drop(state);
        Running(Arc::clone(&self.shared))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.state().running -= 1;
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.state().stopped = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It cannot have panicked: ticking is an addition.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn ticks_while_something_runs_and_ends_when_dropped() {
        let (sender, ticks) = mpsc::channel();
        let ticker = Ticker::new(move || sender.send(()).unwrap()).unwrap();
        assert_eq!(ticks.try_recv(), Err(mpsc::TryRecvError::Empty));
        let running = ticker.run();
        let another = ticker.run();
        ticks.recv().unwrap();
        drop(running);
        ticks.recv().unwrap();
        drop(another);
        drop(ticker);
        // The thread and its sender are gone: what is left of the ticks ends.
        assert!(ticks.iter().count() < 1000);
    }
}
