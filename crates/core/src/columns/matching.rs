//! Which rows match a query: on columns alone, never on bodies.

use super::block::{Column, Columns, ReadOnly};
use super::dictionary::Dictionary;
use crate::event::other_names;
use crate::instant::Instant;
use crate::query::{Attribute, Filter, Query, Test};

/// Rows for which every filter holds and whose time lies in `oldest..=newest`, in read order.
pub fn rows(columns: &Columns<'_>, query: &Query, oldest: Instant, newest: Instant) -> Vec<u32> {
    let mut found: Option<Vec<u32>> = None;
    for filter in &query.filters {
        let rows = narrow(columns, filter, found);
        if rows.is_empty() {
            return rows;
        }
        found = Some(rows);
    }
    let range = columns.rows_between(oldest, newest);
    match found {
        None => range.collect(),
        Some(mut rows) => {
            rows.retain(|row| range.contains(row));
            rows
        }
    }
}

fn narrow(columns: &Columns<'_>, filter: &Filter, found: Option<Vec<u32>>) -> Vec<u32> {
    let Some([value]) = filter.test.values() else {
        return both(by_values(columns, filter.attribute, &filter.test), found);
    };
    let rows = match filter.attribute {
        Attribute::EventId => columns.ids.positions(columns.rows, value),
        Attribute::RequestId => columns.request_ids.positions(columns.rows, value),
        Attribute::ReadOnly => return by_read_only(columns, value, found),
        Attribute::ResourceName => columns.resources.rows_named(columns.rows, value),
        Attribute::ResourceType => columns.resources.rows_of_type(columns.rows, value),
        attribute => {
            let column = Column::of(attribute).map(|column| columns.text(column));
            return column.map_or_else(Vec::new, |column| by_text(columns, column, value, found));
        }
    };
    both(rows, found)
}

/// Tries the test on each distinct value, once.
fn by_values(columns: &Columns<'_>, attribute: Attribute, test: &Test) -> Vec<u32> {
    let (column, test) = (columns.values_of(attribute), test.ready());
    let mut says = vec![false; column.codes() as usize];
    let is_name = attribute == Attribute::ResourceName;
    column.visit_values(|code, value| {
        let by_another_name = || is_name && other_names(value).any(|other| test.says(other));
        says[code as usize] = test.says(value) || by_another_name();
    });
    let mut rows = Vec::new();
    column.visit_rows(|row, code| {
        if says[code as usize] {
            rows.push(row);
        }
    });
    rows.dedup();
    if test.is_negated() {
        let mut saying = rows.iter().peekable();
        return (0..columns.rows)
            .filter(|row| saying.next_if_eq(&row).is_none())
            .collect();
    }
    rows
}

/// The rows that are in both, ascending.
fn both(mut rows: Vec<u32>, found: Option<Vec<u32>>) -> Vec<u32> {
    if let Some(found) = found {
        rows.retain(|row| found.binary_search(row).is_ok());
    }
    rows
}

fn by_text(
    columns: &Columns<'_>,
    column: &Dictionary<'_>,
    value: &str,
    found: Option<Vec<u32>>,
) -> Vec<u32> {
    match (column.code_of(value), found) {
        (None, _) => Vec::new(),
        (Some(code), None) => column.positions(columns.rows, code),
        (Some(code), Some(mut rows)) => {
            column.retain(&mut rows, code);
            rows
        }
    }
}

fn by_read_only(columns: &Columns<'_>, value: &str, found: Option<Vec<u32>>) -> Vec<u32> {
    let wanted = match value {
        "true" => true,
        "false" => false,
        _ => return Vec::new(),
    };
    let mut rows = found.unwrap_or_else(|| (0..columns.rows).collect());
    match columns.read_only {
        ReadOnly::Same(all) if all == wanted => {}
        ReadOnly::Same(_) => rows.clear(),
        ReadOnly::Bits(_) => rows.retain(|row| columns.read_only(*row as usize) == wanted),
    }
    rows
}
