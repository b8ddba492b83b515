//! What is indexed of a part of a run.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::hash::{error_hash, value_hash};
use crate::columns::Columns;
use crate::columns::valued::Valued;
use crate::damaged::Damaged;
use crate::event::other_names;
use crate::instant::Instant;
use crate::query::Attribute;

/// Rows of a part of a run, numbered from 0.
pub(super) trait Rows {
    /// How many.
    fn count(&self) -> usize;
    /// When a row's call was made.
    fn time(&self, row: usize) -> Instant;
    /// A row's event id.
    fn id(&self, row: usize) -> Cow<'_, str>;
    /// The event ids of all rows.
    fn ids(&self, each: &mut dyn FnMut(u32, &str));
    /// Whether a row's call only reads.
    fn is_read_only(&self, row: usize) -> bool;
    /// Every value any row is found by, once, with the rows that are, ascending. Of all attributes but
    /// [`Attribute::EventId`] and [`Attribute::ReadOnly`].
    fn values(&self, each: &mut dyn FnMut(Attribute, &str, &[u32])) -> Result<(), Damaged>;
}

/// Rows of a part that have something in common.
pub(super) struct Common<'r> {
    /// the hash of what they have
    pub hash: u64,
    /// of which attribute; `None`: any error
    pub attribute: Option<Attribute>,
    /// in the part, ascending
    pub rows: &'r [u32],
}

/// Everything rows of a part have in common, [`Attribute::ReadOnly`] and errors included; ids are not.
pub(super) fn common(rows: &impl Rows, each: &mut dyn FnMut(Common<'_>)) -> Result<(), Damaged> {
    let mut failed = Vec::new();
    rows.values(&mut |attribute, value, rows| {
        if attribute == Attribute::ErrorCode {
            failed.extend_from_slice(rows);
        }
        each(Common {
            hash: value_hash(attribute, value),
            attribute: Some(attribute),
            rows,
        });
    })?;
    failed.sort_unstable();
    let count = u32::try_from(rows.count()).unwrap_or(u32::MAX);
    let (reading, writing): (Vec<u32>, Vec<u32>) =
        (0..count).partition(|row| rows.is_read_only(*row as usize));
    let class = |value| {
        (
            value_hash(Attribute::ReadOnly, value),
            Some(Attribute::ReadOnly),
        )
    };
    let all = [
        (class("true"), reading),
        (class("false"), writing),
        ((error_hash(), None), failed),
    ];
    for ((hash, attribute), rows) in all.iter().filter(|(_, rows)| !rows.is_empty()) {
        each(Common {
            hash: *hash,
            attribute: *attribute,
            rows,
        });
    }
    Ok(())
}

impl Rows for Columns<'_> {
    fn count(&self) -> usize {
        self.rows()
    }

    fn time(&self, row: usize) -> Instant {
        self.time(row)
    }

    fn id(&self, row: usize) -> Cow<'_, str> {
        self.id(row)
    }

    fn ids(&self, each: &mut dyn FnMut(u32, &str)) {
        self.values_of(Attribute::EventId).visit_values(each);
    }

    fn is_read_only(&self, row: usize) -> bool {
        self.read_only(row)
    }

    fn values(&self, each: &mut dyn FnMut(Attribute, &str, &[u32])) -> Result<(), Damaged> {
        let (mut begins, mut rows) = (Vec::new(), Vec::new());
        for attribute in Attribute::ALL {
            if matches!(attribute, Attribute::EventId | Attribute::ReadOnly) {
                continue;
            }
            let valued = self.values_of(attribute);
            by_code(&valued, &mut begins, &mut rows);
            let of_code = |code: u32| {
                let begin = begins.get(code as usize).copied().unwrap_or(0);
                let end = begins.get(code as usize + 1).copied().unwrap_or(0);
                rows.get(begin as usize..end as usize).unwrap_or_default()
            };
            let mut by_other_names = if attribute == Attribute::ResourceName {
                by_other_names(self, of_code)
            } else {
                BTreeMap::new()
            };
            valued.visit_values(|code, value| {
                let rows = of_code(code);
                match by_other_names.remove(value) {
                    Some(mut others) => {
                        others.extend(rows);
                        each(attribute, value, &ascending(others));
                    }
                    None if rows.is_empty() => {}
                    None if rows.is_sorted_by(|one, next| one < next) => {
                        each(attribute, value, rows);
                    }
                    // Two resources of a row may be named alike.
                    None => each(attribute, value, &ascending(rows.to_vec())),
                }
            });
            for (name, rows) in by_other_names {
                each(attribute, name, &ascending(rows));
            }
        }
        Ok(())
    }
}

/// The rows of resources by the names they are found by beside their own, several times where several are found by one.
fn by_other_names<'c, 'r>(
    columns: &'c Columns<'_>,
    of_code: impl Fn(u32) -> &'r [u32],
) -> BTreeMap<&'c str, Vec<u32>> {
    let mut rows: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (code, name) in (0..).zip(columns.resources().names()) {
        for other in other_names(name) {
            rows.entry(other).or_default().extend(of_code(code));
        }
    }
    rows
}

fn ascending(mut rows: Vec<u32>) -> Vec<u32> {
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// Sorts rows by code: rows of one code after those of the one before it, and where each code's begin.
fn by_code(valued: &Valued<'_>, begins: &mut Vec<u32>, rows: &mut Vec<u32>) {
    begins.clear();
    begins.resize(valued.codes() as usize + 2, 0);
    valued.visit_rows(|_, code| begins[code as usize + 2] += 1);
    let mut sum = 0;
    for begin in begins.iter_mut() {
        sum += *begin;
        *begin = sum;
    }
    rows.clear();
    rows.resize(sum as usize, 0);
    // While rows are put in their places, the beginning of a code stands one further.
    valued.visit_rows(|row, code| {
        let next = &mut begins[code as usize + 1];
        rows[*next as usize] = row;
        *next += 1;
    });
}
