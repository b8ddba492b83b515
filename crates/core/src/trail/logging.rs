//! When a trail logs: runs of whole windows, between `StartLogging` and `StopLogging`.
//!
//! A run begins with the window in which logging was started and ends with the one in which it was
//! stopped, both included: nothing that came in while the trail was on is left out. Runs never overlap,
//! so no window is archived twice.

use serde::{Deserialize, Serialize};

use crate::instant::Instant;
use crate::window::Window;

/// Most runs that may wait to be archived: a trail stopped and started while its bucket fails.
pub const MAX_RUNS: usize = 100;

/// When a trail logs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// runs that are not wholly archived, oldest first; only the last may be open
    runs: Vec<Run>,
    /// the latest `StartLogging`
    pub started: Option<Instant>,
    /// the latest `StopLogging`
    pub stopped: Option<Instant>,
}

/// Windows in a row that are archived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// the first
    pub from: Window,
    /// the last; `None` while logging is on
    pub until: Option<Window>,
}

/// There are [`MAX_RUNS`] runs that wait to be archived.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("logging was stopped and started {MAX_RUNS} times and none of it could be delivered yet")]
pub struct TooManyRuns;

impl Logging {
    /// Whether logging is on.
    pub fn is_on(&self) -> bool {
        self.runs.last().is_some_and(|run| run.until.is_none())
    }

    /// Whether logging is off and all that was logged is archived.
    pub fn is_idle(&self) -> bool {
        self.runs.is_empty()
    }

    /// The runs that are not wholly archived, oldest first.
    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Switches logging on; on already, it changes nothing.
    pub fn start(&mut self, now: Instant) -> Result<(), TooManyRuns> {
        if self.is_on() {
            return Ok(());
        }
        if self.runs.len() >= MAX_RUNS {
            return Err(TooManyRuns);
        }
        let now_window = Window::of(now);
        let after_last = self.runs.last().and_then(|run| run.until).map(Window::next);
        self.runs.push(Run {
            from: after_last.map_or(now_window, |after| after.max(now_window)),
            until: None,
        });
        self.started = Some(now);
        Ok(())
    }

    /// Switches logging off; off already, it changes nothing.
    pub fn stop(&mut self, now: Instant) {
        let now_window = Window::of(now);
        let Some(run) = self.runs.last_mut().filter(|run| run.until.is_none()) else {
            return;
        };
        run.until = Some(now_window);
        if run.from > now_window {
            // Stopped, started and stopped again within one window: the run before has it.
            self.runs.pop();
        }
        self.stopped = Some(now);
    }

    /// Whether the oldest run ends with this window.
    pub(super) fn ends_with(&self, window: Window) -> bool {
        let run = self.runs.first();
        run.and_then(|run| run.until)
            .is_some_and(|until| until <= window)
    }

    /// Forgets runs that end before `window`: what was left of them is not archived.
    pub(super) fn pass_over(&mut self, window: Window) {
        let is_left = |run: &Run| run.until.is_none_or(|until| until >= window);
        self.runs.retain(is_left);
    }

    /// The oldest run is archived to its end.
    pub(super) fn finish_first(&mut self) {
        if !self.runs.is_empty() {
            self.runs.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::WINDOW_MS;

    /// Tenths of windows since 1970.
    fn at(tenths: i64) -> Instant {
        Instant::from_millis(tenths * WINDOW_MS / 10)
    }

    fn runs(logging: &Logging) -> Vec<(i64, Option<i64>)> {
        let numbers = |run: &Run| (run.from.number(), run.until.map(Window::number));
        logging.runs.iter().map(numbers).collect()
    }

    #[test]
    fn a_run_has_the_windows_of_its_start_and_of_its_stop() {
        let mut logging = Logging::default();
        logging.start(at(109)).unwrap();
        logging.start(at(115)).unwrap();
        assert!(logging.is_on());
        assert_eq!(logging.started, Some(at(109)));
        logging.stop(at(121));
        logging.stop(at(131));
        assert_eq!(runs(&logging), [(10, Some(12))]);
        assert_eq!(logging.stopped, Some(at(121)));
    }

    #[test]
    fn starting_again_in_the_window_of_the_stop_doubles_no_window() {
        let mut logging = Logging::default();
        logging.start(at(100)).unwrap();
        logging.stop(at(102));
        logging.start(at(104)).unwrap();
        assert_eq!(runs(&logging), [(10, Some(10)), (11, None)]);
        logging.stop(at(106));
        assert_eq!(runs(&logging), [(10, Some(10))]);
        assert!(!logging.is_on());
        logging.start(at(200)).unwrap();
        assert_eq!(runs(&logging), [(10, Some(10)), (20, None)]);
    }

    #[test]
    fn runs_that_wait_are_limited() {
        let mut logging = Logging::default();
        for time in (0..).step_by(20).map(at).take(MAX_RUNS) {
            logging.start(time).unwrap();
            logging.stop(time);
        }
        assert_eq!(logging.start(at(1_000_000)), Err(TooManyRuns));
    }
}
