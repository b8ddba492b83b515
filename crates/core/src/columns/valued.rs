//! The values of an attribute in some columns, each once, and which rows have which: what an index is made of.

use super::block::{Column, Columns, ReadOnly};
use super::dictionary::Dictionary;
use super::resources::Resources;
use super::unique::Unique;
use crate::event::other_names;
use crate::query::Attribute;

/// An attribute's values, each with a code, and the codes of the rows. Nothing is allocated to tell them.
///
/// ```
/// # use activity_log_core::event::{Admission, Event};
/// # use activity_log_core::instant::Instant;
/// # use activity_log_core::origin::Origin;
/// use activity_log_core::query::Attribute;
/// use activity_log_core::columns::Columns;
/// # let now = Instant::from_seconds(1_795_000_000);
/// # let admission = Admission { account: "111122223333".parse().unwrap(), now, retention_days: 30 };
/// # let texts = ["PutObject", "GetObject", "PutObject"].map(|name| {
/// #     format!(r#"{{"eventTime":"{now}","eventName":"{name}"}}"#)
/// # });
/// # let parse = |text| Event::parse(text, 0, &Origin::Queue, &admission).unwrap();
/// # let events: Vec<Event<'_>> = texts.iter().map(|text| parse(text)).collect();
/// # let events: Vec<&Event<'_>> = events.iter().collect();
/// let columns = Columns::of(&events);
/// let names = columns.values_of(Attribute::EventName);
/// let mut values = vec![String::new(); names.codes() as usize];
/// names.visit_values(|code, value| values[code as usize] = value.to_owned());
/// assert_eq!(values, ["PutObject", "GetObject"]);
/// let mut rows = Vec::new();
/// names.visit_rows(|row, code| rows.push((row, code)));
/// assert_eq!(rows, [(0, 0), (1, 1), (2, 0)]);
/// ```
pub struct Valued<'c> {
    rows: u32,
    of: Of<'c>,
}

enum Of<'c> {
    Text(&'c Dictionary<'c>),
    Resource(&'c Resources<'c>, &'c Dictionary<'c>),
    Unique(&'c Unique<'c>),
    ReadOnly(&'c Columns<'c>),
}

impl Columns<'_> {
    /// The values of an attribute.
    pub fn values_of(&self, attribute: Attribute) -> Valued<'_> {
        let resources = &self.resources;
        let of = match attribute {
            Attribute::EventId => Of::Unique(&self.ids),
            Attribute::RequestId => Of::Unique(&self.request_ids),
            Attribute::ReadOnly => Of::ReadOnly(self),
            Attribute::ResourceName => Of::Resource(resources, &resources.names),
            Attribute::ResourceType => Of::Resource(resources, &resources.kinds),
            attribute => match Column::of(attribute) {
                Some(column) => Of::Text(self.text(column)),
                None => {
                    return Valued {
                        rows: 0,
                        of: Of::Unique(&self.ids),
                    };
                }
            },
        };
        Valued {
            rows: self.rows,
            of,
        }
    }
}

impl Valued<'_> {
    /// Codes are below this.
    pub fn codes(&self) -> u32 {
        match self.of {
            Of::Text(column) | Of::Resource(_, column) => column.len(),
            Of::Unique(_) => self.rows,
            Of::ReadOnly(_) => 2,
        }
    }

    /// Gives each value with its code, codes ascending. Ids, which hardly repeat, have a code for each row: two codes
    /// may have the same value.
    pub fn visit_values(&self, mut visit: impl FnMut(u32, &str)) {
        match self.of {
            Of::Text(column) | Of::Resource(_, column) => {
                for (code, value) in (0..).zip(column.values()) {
                    visit(code, value);
                }
            }
            Of::Unique(column) => column.visit(self.rows, visit),
            Of::ReadOnly(columns) => {
                let has =
                    |value: bool| columns.rows > 0 && columns.read_only != ReadOnly::Same(!value);
                if has(false) {
                    visit(0, "false");
                }
                if has(true) {
                    visit(1, "true");
                }
            }
        }
    }

    /// Gives each value that rows are found by, with the code they have, codes ascending: the values, and of names of
    /// resources their [other names](other_names) too.
    pub fn visit_found_by(&self, mut visit: impl FnMut(u32, &str)) {
        // Types of resources, which the sender writes, have no other names.
        let has_others = matches!(self.of, Of::Resource(all, column) if std::ptr::eq(column, &raw const all.names));
        self.visit_values(|code, value| {
            visit(code, value);
            if has_others {
                other_names(value).for_each(|other| visit(code, other));
            }
        });
    }

    /// Gives each row that has a value, with its code, rows ascending. A row of several resources is given for each of
    /// them, twice with one code if two of them are named alike.
    pub fn visit_rows(&self, mut visit: impl FnMut(u32, u32)) {
        match self.of {
            Of::Text(column) => visit_coded(column, 0..self.rows, visit),
            Of::Resource(resources, column) => {
                visit_coded(column, resources.owners(self.rows), visit);
            }
            Of::Unique(column) => column.present(self.rows).for_each(|row| visit(row, row)),
            Of::ReadOnly(columns) => {
                for row in 0..self.rows {
                    visit(row, u32::from(columns.read_only(row as usize)));
                }
            }
        }
    }
}

/// Gives the row and the code of each entry of a column that has a value.
fn visit_coded(
    column: &Dictionary<'_>,
    rows: impl Iterator<Item = u32>,
    mut visit: impl FnMut(u32, u32),
) {
    let absent = column.len();
    if absent == 0 {
        return;
    }
    for (entry, row) in rows.enumerate() {
        let code = column.code(entry);
        if code < absent {
            visit(row, code);
        }
    }
}
