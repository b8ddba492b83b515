//! What is given to a user, and what of it may be done where.
//!
//! The seeds: access is denied to everyone by default; a user who is given the permission, or is in the
//! `ActivityLogAdministrators` group (elsewhere: has the CloudTrail administrator role), in *any* project controls the
//! events of *all* the account's projects. Access to object storage, which a trail's creator needs, is of the one
//! project in which it is given.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use super::project::{InvalidProjectId, ProjectId};

/// What an operation needs. `administrator` contains `auditor`, and no other contains another: whoever reads the log
/// cannot write into it, unless both are granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Reads and controls all events of the account.
    Administrator,
    /// Reads all that an administrator reads, and changes nothing but the reports it makes itself.
    Auditor,
    /// Sends events; reads nothing.
    Producer,
    /// Stores objects in the buckets of one project.
    Storage,
}

/// A group, whose members have a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// K2's name for it; NGN and CROC have a role, `CloudTrailAdministrator`, which is read as the same.
    ActivityLogAdministrators,
}

/// A permission by itself, or that of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// the permission
    Permission(Permission),
    /// membership
    Group(Group),
}

/// One thing given to a user: `RIGHT`, or `RIGHT@PROJECT` if it was given in a project.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    right: Right,
    project: Option<ProjectId>,
}

/// Everything given to a user. Empty unless granted: denied by default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants(BTreeSet<Grant>);

/// The word names no permission.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a permission is `administrator`, `auditor`, `producer` or `storage`")]
pub struct UnknownPermission;

/// The word names no group.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a group is `ActivityLogAdministrators` (also called `CloudTrailAdministrator`)")]
pub struct UnknownGroup;

/// What cannot be given so.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidGrant {
    /// neither permission nor group
    #[error(transparent)]
    Right(#[from] UnknownPermission),
    /// no project's id
    #[error(transparent)]
    Project(#[from] InvalidProjectId),
    /// a group is one of a project
    #[error("{0} is a group of a project: name it")]
    NeedsProject(Group),
}

impl Permission {
    /// Every permission there is.
    pub const ALL: [Self; 4] = [
        Self::Administrator,
        Self::Auditor,
        Self::Producer,
        Self::Storage,
    ];

    /// Whether who has it may do what takes `needed`.
    pub const fn covers(self, needed: Self) -> bool {
        match self {
            Self::Administrator => matches!(needed, Self::Administrator | Self::Auditor),
            Self::Auditor => matches!(needed, Self::Auditor),
            Self::Producer => matches!(needed, Self::Producer),
            Self::Storage => matches!(needed, Self::Storage),
        }
    }

    /// The permission's word, in the table and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
            Self::Producer => "producer",
            Self::Storage => "storage",
        }
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == word)
            .ok_or(UnknownPermission)
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Group {
    /// The group's name, in the table and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ActivityLogAdministrators => "ActivityLogAdministrators",
        }
    }

    /// What its members may.
    pub const fn permission(self) -> Permission {
        match self {
            Self::ActivityLogAdministrators => Permission::Administrator,
        }
    }
}

impl FromStr for Group {
    type Err = UnknownGroup;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "ActivityLogAdministrators" | "CloudTrailAdministrator" => {
                Ok(Self::ActivityLogAdministrators)
            }
            _ => Err(UnknownGroup),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Right {
    /// What it comes to.
    pub const fn permission(self) -> Permission {
        match self {
            Self::Permission(permission) => permission,
            Self::Group(group) => group.permission(),
        }
    }
}

impl FromStr for Right {
    type Err = UnknownPermission;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.parse() {
            Ok(group) => Ok(Self::Group(group)),
            Err(UnknownGroup) => Ok(Self::Permission(word.parse()?)),
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Permission(permission) => permission.fmt(f),
            Self::Group(group) => group.fmt(f),
        }
    }
}

impl Grant {
    /// `right`, given in `project` or, with `None`, for the whole account.
    pub fn new(right: Right, project: Option<ProjectId>) -> Result<Self, InvalidGrant> {
        match right {
            Right::Group(group) if project.is_none() => Err(InvalidGrant::NeedsProject(group)),
            _ => Ok(Self { right, project }),
        }
    }

    /// The project in which it was given.
    pub fn project(&self) -> Option<&ProjectId> {
        self.project.as_ref()
    }
}

/// For the whole account.
impl From<Permission> for Grant {
    fn from(permission: Permission) -> Self {
        Self {
            right: Right::Permission(permission),
            project: None,
        }
    }
}

impl FromStr for Grant {
    type Err = InvalidGrant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('@') {
            None => Self::new(text.parse()?, None),
            Some((right, project)) => Self::new(right.parse()?, Some(project.parse()?)),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.project {
            None => self.right.fmt(f),
            Some(project) => write!(f, "{}@{project}", self.right),
        }
    }
}

impl Grants {
    /// None at all.
    pub const fn new() -> Self {
        Self(BTreeSet::new())
    }

    /// Whether an operation that needs the permission may be called: one that covers it was given in any project, or
    /// for the whole account.
    pub fn allow(&self, permission: Permission) -> bool {
        self.0
            .iter()
            .any(|grant| grant.right.permission().covers(permission))
    }

    /// Whether the permission was given in this very project, or for the whole account.
    pub fn allow_in(&self, permission: Permission, project: &ProjectId) -> bool {
        self.0.iter().any(|grant| {
            grant.right.permission().covers(permission)
                && grant.project.as_ref().is_none_or(|given| given == project)
        })
    }

    /// One after the other, in the order of their words.
    pub fn iter(&self) -> impl Iterator<Item = &Grant> {
        self.0.iter()
    }

    pub(crate) fn insert(&mut self, grant: Grant) {
        self.0.insert(grant);
    }

    pub(crate) fn remove(&mut self, grant: &Grant) {
        self.0.remove(grant);
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        Self(grants.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(words: &[&str]) -> Grants {
        words.iter().map(|word| word.parse().unwrap()).collect()
    }

    #[test]
    fn what_is_given_in_any_project_is_good_for_all_but_storage() {
        use Permission::{Administrator, Auditor, Producer, Storage};
        let (p1, p2) = ("p1".parse().unwrap(), "p2".parse().unwrap());
        // words; a letter each: may administer, may audit, may produce; may store in p1, in p2
        let cases: [(&[&str], &str); 13] = [
            (&[], "-----"),
            (&["administrator"], "au---"),
            (&["administrator@p2"], "au---"),
            (&["auditor"], "-u---"),
            (&["auditor@p1"], "-u---"),
            (&["auditor", "producer"], "-up--"),
            (&["producer"], "--p--"),
            (&["producer@p1"], "--p--"),
            (&["storage"], "---12"),
            (&["storage@p1"], "---1-"),
            (&["storage@p1", "storage@p2"], "---12"),
            (&["ActivityLogAdministrators@p1"], "au---"),
            (&["CloudTrailAdministrator@p1", "storage@p2"], "au--2"),
        ];
        for (words, expected) in cases {
            let given = grants(words);
            let expected: Vec<bool> = expected.chars().map(|letter| letter != '-').collect();
            let found = [
                given.allow(Administrator),
                given.allow(Auditor),
                given.allow(Producer),
                given.allow_in(Storage, &p1),
                given.allow_in(Storage, &p2),
            ];
            assert_eq!(found.to_vec(), expected, "{words:?}");
        }
    }

    #[test]
    fn a_grant_reads_its_own_text_and_synonyms_are_one() {
        for text in [
            "administrator",
            "auditor@p",
            "producer@p:1",
            "storage@b5b7ffd4ef",
        ] {
            assert_eq!(text.parse::<Grant>().unwrap().to_string(), text);
        }
        let synonym: Grant = "CloudTrailAdministrator@p".parse().unwrap();
        assert_eq!(synonym.to_string(), "ActivityLogAdministrators@p");
        let refused = [
            (
                "Administrator",
                "a permission is `administrator`, `auditor`, `producer` or `storage`",
            ),
            (
                "CloudTrailAdministrator",
                "ActivityLogAdministrators is a group of a project: name it",
            ),
        ];
        for (text, says) in refused {
            assert_eq!(
                text.parse::<Grant>().unwrap_err().to_string(),
                says,
                "{text}"
            );
        }
        assert!("administrator@".parse::<Grant>().is_err());
    }
}
