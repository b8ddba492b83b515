//! Which rows of a segment match a query: on columns alone, never on bodies.

use super::Damaged;
use super::columns::{Column, Columns, Ids, canonical_uuid};
use super::dictionary::{Codes, Dictionary};
use crate::instant::Instant;
use crate::query::{Attribute, Filter, Query};

/// Rows of the segment for which every filter holds and whose time lies in `oldest..=newest`,
/// in read order. `ReadOnly` is not looked at: it is the segment's class.
pub fn rows(
    columns: &Columns<'_>,
    query: &Query,
    oldest: Instant,
    newest: Instant,
) -> Result<Vec<u32>, Damaged> {
    let mut found: Option<Vec<u32>> = None;
    let filters = query.filters.iter();
    for filter in filters.filter(|filter| filter.attribute != Attribute::ReadOnly) {
        let rows = narrow(columns, filter, found)?;
        if rows.is_empty() {
            return Ok(rows);
        }
        found = Some(rows);
    }
    let mut found = found.unwrap_or_else(|| (0..columns.rows).collect());
    found.retain(|row| (oldest..=newest).contains(&columns.time(*row as usize)));
    Ok(found)
}

fn narrow(
    columns: &Columns<'_>,
    filter: &Filter,
    found: Option<Vec<u32>>,
) -> Result<Vec<u32>, Damaged> {
    let resources = &columns.resources;
    let (column, is_resource) = match filter.attribute {
        Attribute::EventId => return Ok(by_id(columns, &filter.value, found)),
        Attribute::ResourceName => (&resources.names, true),
        Attribute::ResourceType => (&resources.kinds, true),
        attribute => match Column::of(attribute) {
            Some(column) => (columns.text(column), false),
            None => return Ok(found.unwrap_or_default()),
        },
    };
    match column.code_of(&filter.value) {
        None => Ok(Vec::new()),
        Some(code) if is_resource => by_resource(columns, column, code, found),
        Some(code) => by_text(columns, column, code, found),
    }
}

fn by_text(
    columns: &Columns<'_>,
    column: &Dictionary<'_>,
    code: u32,
    found: Option<Vec<u32>>,
) -> Result<Vec<u32>, Damaged> {
    let codes = column.codes(columns.rows())?;
    Ok(match found {
        None => codes.positions(columns.rows, code),
        Some(mut rows) => {
            codes.retain(&mut rows, code);
            rows
        }
    })
}

fn by_id(columns: &Columns<'_>, id: &str, found: Option<Vec<u32>>) -> Vec<u32> {
    let mut rows = found.unwrap_or_else(|| (0..columns.rows).collect());
    match (&columns.ids, canonical_uuid(id)) {
        (Ids::Uuids(bytes), Some(id)) => {
            let ids = bytes.as_chunks::<16>().0;
            rows.retain(|row| ids.get(*row as usize) == Some(id.as_bytes()));
        }
        (Ids::Uuids(_), None) => rows.clear(),
        (Ids::Texts(ids), _) => {
            rows.retain(|row| ids.get(*row as usize).is_some_and(|one| one == id));
        }
    }
    rows
}

fn by_resource(
    columns: &Columns<'_>,
    column: &Dictionary<'_>,
    code: u32,
    found: Option<Vec<u32>>,
) -> Result<Vec<u32>, Damaged> {
    let owners = owners(columns);
    let codes: Codes<'_> = column.codes(owners.len())?;
    let entries = u32::try_from(owners.len()).unwrap_or(u32::MAX);
    let mut rows: Vec<u32> = codes
        .positions(entries, code)
        .into_iter()
        .filter_map(|entry| owners.get(entry as usize).copied())
        .collect();
    rows.dedup();
    if let Some(found) = found {
        rows.retain(|row| found.binary_search(row).is_ok());
    }
    Ok(rows)
}

/// The row each entry of the resource list belongs to, ascending.
fn owners(columns: &Columns<'_>) -> Vec<u32> {
    (0..)
        .zip(&columns.resources.counts)
        .flat_map(|(row, count)| std::iter::repeat_n(row, usize::from(*count)))
        .collect()
}
