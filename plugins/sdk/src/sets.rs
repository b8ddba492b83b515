//! Output columns that say which of some names are true of a row.

use std::collections::BTreeMap;

use crate::Column;

impl Column {
    /// An output column that lists, for each row, the names whose bits the row has, with commas between them; of a row
    /// without any it is absent. Of names up to 32; the first has the lowest bit.
    ///
    /// ```
    /// use activity_log_filter::{Column, Value};
    /// let column = Column::sets(&["request", "response"], &[0b11, 0, 0b10]);
    /// assert_eq!(column[0], Value::from("request, response"));
    /// assert_eq!((&column[1], &column[2]), (&Value::Absent, &Value::from("response")));
    /// ```
    #[must_use]
    pub fn sets(names: &[&str], rows: &[u32]) -> Self {
        let mut known = BTreeMap::new();
        let mut values = vec![];
        let index = rows.iter().map(|bits| {
            *known.entry(*bits).or_insert_with(|| {
                values.push(list(names, *bits));
                // No more values than rows, which are at most 4,096.
                u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
            })
        });
        let index: Vec<u32> = index.collect();
        Self::choice(values, index)
    }
}

fn list(names: &[&str], bits: u32) -> Option<String> {
    let is_set = |at: usize| at < 32 && bits >> at & 1 == 1;
    let all = names.iter().enumerate();
    let set: Vec<&str> = all
        .filter(|(at, _)| is_set(*at))
        .map(|(_, name)| *name)
        .collect();
    (!set.is_empty()).then(|| set.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_same_set_share_a_value() {
        let column = Column::sets(&["a", "b"], &[1, 2, 1, 0, 1]);
        assert_eq!(column.values.len(), 3);
        assert_eq!(column.index, [0, 1, 0, 2, 0]);
    }
}
