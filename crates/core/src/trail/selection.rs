//! Which events go into a trail (`PutEventSelectors`, and the project), by window.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::window::Window;

/// Which events: those that any selector takes, of one project if it names one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// at least one
    pub selectors: Vec<Selector>,
    /// whether they were put by the customer
    pub custom: bool,
    /// the only project whose events are taken
    pub project: Option<String>,
}

/// An event selector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// which kind of events
    pub read_write: ReadWrite,
    /// event sources whose events are not taken
    pub excluded_sources: BTreeSet<String>,
}

/// `ReadWriteType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadWrite {
    /// all events
    All,
    /// read-only events
    ReadOnly,
    /// the others
    WriteOnly,
}

impl ReadWrite {
    /// The word of the protocol.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::ReadOnly => "ReadOnly",
            Self::WriteOnly => "WriteOnly",
        }
    }

    /// From the word of the protocol.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::All, Self::ReadOnly, Self::WriteOnly]
            .into_iter()
            .find(|one| one.as_str() == word)
    }

    /// Whether events of this kind are taken.
    pub const fn takes(self, read_only: bool) -> bool {
        match self {
            Self::All => true,
            Self::ReadOnly => read_only,
            Self::WriteOnly => !read_only,
        }
    }
}

impl Default for Selection {
    /// All events, as a new trail has it.
    fn default() -> Self {
        Self {
            selectors: vec![Selector {
                read_write: ReadWrite::All,
                excluded_sources: BTreeSet::new(),
            }],
            custom: false,
            project: None,
        }
    }
}

impl Selection {
    /// Whether an event goes into the trail.
    pub fn takes(&self, read_only: bool, source: Option<&str>, project: Option<&str>) -> bool {
        let of_project = self
            .project
            .as_deref()
            .is_none_or(|wanted| project == Some(wanted));
        of_project
            && self.selectors.iter().any(|selector| {
                selector.read_write.takes(read_only)
                    && source.is_none_or(|source| !selector.excluded_sources.contains(source))
            })
    }

    /// Whether every event of this kind goes into the trail, whatever else it says.
    pub fn takes_all(&self, read_only: bool) -> bool {
        self.project.is_none()
            && self.selectors.iter().any(|selector| {
                selector.read_write.takes(read_only) && selector.excluded_sources.is_empty()
            })
    }

    /// Whether no event of this kind does.
    pub fn takes_none(&self, read_only: bool) -> bool {
        !self
            .selectors
            .iter()
            .any(|selector| selector.read_write.takes(read_only))
    }
}

/// Selections, each from a window on. What a window's archive holds is fixed once the window is over,
/// so that a rerun writes the same bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selections(Vec<(Window, Selection)>);

impl Selections {
    /// What is selected in a window.
    pub fn at(&self, window: Window) -> Selection {
        let since = self.0.iter().rev().find(|(from, _)| *from <= window);
        since
            .map(|(_, selection)| selection.clone())
            .unwrap_or_default()
    }

    /// What is selected from now on.
    pub fn latest(&self) -> Selection {
        let last = self.0.last();
        last.map(|(_, selection)| selection.clone())
            .unwrap_or_default()
    }

    /// Selects from a window on, and forgets what no window from `needed` on can ask for.
    pub fn set(&mut self, from: Window, selection: Selection, needed: Window) {
        self.0.retain(|(other, _)| *other < from);
        self.0.push((from, selection));
        let first = self.0.iter().rposition(|(other, _)| *other <= needed);
        self.0.drain(..first.unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(read_write: ReadWrite, excluded: &[&str], project: Option<&str>) -> Selection {
        Selection {
            selectors: vec![Selector {
                read_write,
                excluded_sources: excluded.iter().map(|one| (*one).to_owned()).collect(),
            }],
            custom: true,
            project: project.map(str::to_owned),
        }
    }

    #[test]
    fn an_event_is_taken_by_any_selector_and_of_the_project() {
        let mut two = selection(ReadWrite::WriteOnly, &["kms.amazonaws.com"], None);
        assert!(two.takes(false, Some("ec2.amazonaws.com"), None));
        assert!(two.takes(false, None, None));
        assert!(!two.takes(false, Some("kms.amazonaws.com"), None));
        assert!(!two.takes(true, Some("ec2.amazonaws.com"), None));
        two.selectors
            .extend(selection(ReadWrite::ReadOnly, &[], None).selectors);
        assert!(two.takes(true, Some("kms.amazonaws.com"), None));
        two.project = Some("p1".to_owned());
        assert!(two.takes(true, None, Some("p1")));
        assert!(!two.takes(true, None, Some("p2")));
        assert!(!two.takes(true, None, None));
    }

    #[test]
    fn whole_kinds_are_known_without_looking() {
        let all = Selection::default();
        assert!(all.takes_all(true) && all.takes_all(false) && !all.takes_none(true));
        let writes = selection(ReadWrite::WriteOnly, &[], None);
        assert!(writes.takes_all(false) && writes.takes_none(true));
        let some = selection(ReadWrite::All, &["kms.amazonaws.com"], None);
        assert!(!some.takes_all(true) && !some.takes_none(true));
        assert!(!selection(ReadWrite::All, &[], Some("p")).takes_all(true));
    }

    #[test]
    fn a_window_keeps_the_selection_it_had() {
        let window = Window::from_number;
        let (reads, writes) = (
            selection(ReadWrite::ReadOnly, &[], None),
            selection(ReadWrite::WriteOnly, &[], None),
        );
        let mut selections = Selections::default();
        selections.set(window(10), reads.clone(), window(5));
        selections.set(window(20), writes.clone(), window(5));
        assert_eq!(selections.at(window(9)), Selection::default());
        assert_eq!(selections.at(window(10)), reads);
        assert_eq!(selections.at(window(19)), reads);
        assert_eq!(selections.at(window(20)), writes);
        assert_eq!(selections.latest(), writes);
        // Within the same window the last word counts.
        selections.set(window(20), reads.clone(), window(12));
        assert_eq!(selections.at(window(25)), reads);
        assert_eq!(selections.at(window(12)), reads);
        assert_eq!(selections.0.len(), 2);
        selections.set(window(30), writes.clone(), window(30));
        assert_eq!(selections.0.len(), 1);
    }
}
