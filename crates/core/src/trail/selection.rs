//! Which events go into a trail (`PutEventSelectors`, and the project), by window.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::advanced::{AdvancedSelector, Facts};
use crate::window::Window;

/// Which events: those that any selector takes, of one project if it names one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// `EventSelectors`
    pub selectors: Vec<Selector>,
    /// `AdvancedEventSelectors`; there are either these or those, at least one
    pub advanced: Vec<AdvancedSelector>,
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
            advanced: Vec::new(),
            custom: false,
            project: None,
        }
    }
}

impl Selection {
    /// Whether an event goes into the trail.
    pub fn takes(&self, facts: &Facts<'_>) -> bool {
        let of_project = self
            .project
            .as_deref()
            .is_none_or(|wanted| facts.project == Some(wanted));
        of_project
            && (self.selectors.iter().any(|selector| selector.takes(facts))
                || self.advanced.iter().any(|selector| selector.takes(facts)))
    }
}

impl Selector {
    fn takes(&self, facts: &Facts<'_>) -> bool {
        let source = facts.source;
        self.read_write.takes(facts.read_only)
            && source.is_none_or(|source| !self.excluded_sources.contains(source))
    }
}

/// Selections by window. What a window's archive holds is fixed once the window is over, so that a rerun
/// writes the same bytes.
///
/// A change holds from the window in which it is made; in that window both the old and the new selection
/// take events, so that nobody can unselect what has happened already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selections(Vec<(Window, Selection)>);

/// What is selected in one window: the events that any of these takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowSelection(Vec<Selection>);

impl WindowSelection {
    /// Whether an event goes into the trail.
    pub fn takes(&self, facts: &Facts<'_>) -> bool {
        self.0.iter().any(|one| one.takes(facts))
    }
}

impl Selections {
    /// What is selected in a window.
    pub fn at(&self, window: Window) -> WindowSelection {
        let before = self.0.iter().rev().find(|(since, _)| *since < window);
        let before = before.map(|(_, selection)| selection.clone());
        let changes = self.0.iter().filter(|(since, _)| *since == window);
        let changes = changes.map(|(_, selection)| selection.clone());
        let all = std::iter::once(before.unwrap_or_default()).chain(changes);
        WindowSelection(all.collect())
    }

    /// What is selected from now on.
    pub fn latest(&self) -> Selection {
        let last = self.0.last();
        last.map(|(_, selection)| selection.clone())
            .unwrap_or_default()
    }

    /// Selects from `window` on, and forgets what no window from `needed` on can ask for.
    pub fn set(&mut self, window: Window, selection: Selection, needed: Window) {
        self.0.push((window, selection));
        let first = self.0.iter().rposition(|(since, _)| *since < needed);
        self.0.drain(..first.unwrap_or(0));
    }

    /// Selects always: of a trail for which nothing was ever logged, or all of it is archived.
    pub fn set_always(&mut self, selection: Selection) {
        self.0 = vec![(Window::from_number(i64::MIN), selection)];
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::trail::advanced::{Field, FieldSelector, Operator};

    fn takes(
        selection: &Selection,
        read_only: bool,
        source: Option<&str>,
        project: Option<&str>,
    ) -> bool {
        selection.takes(&Facts {
            read_only,
            source,
            project,
            name: None,
        })
    }

    fn selection(read_write: ReadWrite, excluded: &[&str], project: Option<&str>) -> Selection {
        Selection {
            selectors: vec![Selector {
                read_write,
                excluded_sources: excluded.iter().map(|one| (*one).to_owned()).collect(),
            }],
            advanced: Vec::new(),
            custom: true,
            project: project.map(str::to_owned),
        }
    }

    #[test]
    fn an_event_is_taken_by_any_selector_and_of_the_project() {
        let mut two = selection(ReadWrite::WriteOnly, &["kms.amazonaws.com"], None);
        assert!(takes(&two, false, Some("ec2.amazonaws.com"), None));
        assert!(takes(&two, false, None, None));
        assert!(!takes(&two, false, Some("kms.amazonaws.com"), None));
        assert!(!takes(&two, true, Some("ec2.amazonaws.com"), None));
        two.selectors
            .extend(selection(ReadWrite::ReadOnly, &[], None).selectors);
        assert!(takes(&two, true, Some("kms.amazonaws.com"), None));
        two.project = Some("p1".to_owned());
        assert!(takes(&two, true, None, Some("p1")));
        assert!(!takes(&two, true, None, Some("p2")));
        assert!(!takes(&two, true, None, None));
    }

    #[test]
    fn advanced_selectors_take_instead_of_the_others_and_of_the_project_too() {
        let none = selection(ReadWrite::All, &[], Some("p1"));
        let of_name = |name: &str| AdvancedSelector {
            name: None,
            fields: vec![FieldSelector {
                field: Field::EventName,
                operators: BTreeMap::from([(Operator::Equals, vec![name.to_owned()])]),
            }],
        };
        let two = Selection {
            selectors: Vec::new(),
            advanced: vec![of_name("a"), of_name("b")],
            ..none
        };
        let takes = |name, project| {
            two.takes(&Facts {
                name: Some(name),
                project: Some(project),
                ..Facts::default()
            })
        };
        assert!(takes("a", "p1") && takes("b", "p1"));
        assert!(!takes("c", "p1") && !takes("a", "p2"));
    }

    #[test]
    fn a_window_keeps_the_selection_it_had_and_the_one_of_a_change_has_both() {
        let window = Window::from_number;
        let (reads, writes) = (
            selection(ReadWrite::ReadOnly, &[], None),
            selection(ReadWrite::WriteOnly, &[], None),
        );
        let mut selections = Selections::default();
        selections.set_always(reads.clone());
        selections.set(window(20), writes.clone(), window(5));
        let kinds = |selections: &Selections, at| {
            let at = selections.at(window(at));
            let kind = |read_only| {
                at.takes(&Facts {
                    read_only,
                    ..Facts::default()
                })
            };
            (kind(true), kind(false))
        };
        assert_eq!(kinds(&selections, 19), (true, false));
        assert_eq!(kinds(&selections, 20), (true, true));
        assert_eq!(kinds(&selections, 21), (false, true));
        assert_eq!(selections.latest(), writes);
        // Changed and changed back within a window.
        let mut selections = Selections::default();
        selections.set(window(20), writes.clone(), window(20));
        selections.set(window(20), Selection::default(), window(20));
        assert_eq!(kinds(&selections, 20), (true, true));
        assert_eq!(kinds(&selections, 21), (true, true));
        // What no window needs any more is forgotten.
        selections.set(window(30), reads.clone(), window(30));
        selections.set(window(40), writes, window(35));
        assert_eq!(selections.0.len(), 2);
        assert_eq!(kinds(&selections, 35), (true, false));
        assert_eq!(kinds(&selections, 41), (false, true));
    }
}
