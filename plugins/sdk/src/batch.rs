//! Reading a batch: by value where one can, by row where one must.

use std::ops::Index;

use crate::{Batch, Column, Failure, Value, Verdict};

/// At each turn of a loop the host looks whether the filter's time and fuel are used up. That takes longer than to look
/// up a row's answer, so a turn does several rows: a number that the compiler knows, and makes no loop of.
const ROWS_A_TURN: usize = 8;

impl Batch {
    /// How many events it has.
    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// The columns, one for each of the manifest's inputs, in that order.
    ///
    /// ```
    /// # use activity_log_filter::Batch;
    /// fn read(batch: &Batch) {
    ///     let [event_name, error_code] = batch.columns();
    /// }
    /// ```
    ///
    /// # Panics
    /// If the manifest names another number of inputs.
    pub fn columns<const N: usize>(&self) -> [&Column; N] {
        assert!(
            self.columns.len() == N,
            "the filter takes {N} columns, but its manifest names {} inputs",
            self.columns.len()
        );
        std::array::from_fn(|at| &self.columns[at])
    }

    /// Keeps the rows that the closure says yes to.
    ///
    /// Between answers write `&` and `|` rather than `&&` and `||` where nothing is saved by not looking: a processor
    /// guesses where a branch goes, and of events it guesses wrong. [`Batch::keep_all`] and [`Batch::keep_any`] are
    /// faster still.
    pub fn keep(&self, keep: impl FnMut(usize) -> bool) -> Verdict {
        Verdict::keep((0..self.rows()).map(keep).collect())
    }

    /// Keeps the rows to which all of the answers are yes.
    ///
    /// ```
    /// # use activity_log_filter::{Batch, Verdict, Value};
    /// fn failed_deletions(batch: &Batch) -> Verdict {
    ///     let [name, error] = batch.columns();
    ///     let deletes = name.test(|name| name.text().is_some_and(|name| name.starts_with("Delete")));
    ///     let failed = error.test(|error| !error.is_nothing());
    ///     batch.keep_all([&deletes, &failed])
    /// }
    /// ```
    ///
    /// # Panics
    /// If one is of another batch, with another number of rows.
    pub fn keep_all<const N: usize>(&self, answers: [&PerValue<'_, bool>; N]) -> Verdict {
        let mut kept = vec![true; self.rows()];
        for answers in answers {
            answers.each_row(&mut kept, |kept, answer| *kept &= answer);
        }
        Verdict::keep(kept)
    }

    /// Keeps the rows to which one of the answers is yes.
    ///
    /// # Panics
    /// If one is of another batch, with another number of rows.
    pub fn keep_any<const N: usize>(&self, answers: [&PerValue<'_, bool>; N]) -> Verdict {
        let mut kept = vec![false; self.rows()];
        for answers in answers {
            answers.each_row(&mut kept, |kept, answer| *kept |= answer);
        }
        Verdict::keep(kept)
    }

    /// As [`Batch::keep`], for what can fail at a row: the report then fails with the message, and names the
    /// event.
    pub fn try_keep<E: ToString>(
        &self,
        mut keep: impl FnMut(Row<'_>) -> Result<bool, E>,
    ) -> Result<Verdict, Failure> {
        let keep = self.iter().map(|row| {
            let at = row.number();
            keep(row).map_err(|error| Failure::of_row(at, error.to_string()))
        });
        Ok(Verdict::keep(keep.collect::<Result<_, _>>()?))
    }

    /// Row by row: for what looks at several fields together. Slower than asking each column about its values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.rows()).map(|at| Row { batch: self, at })
    }
}

/// One event of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    batch: &'a Batch,
    at: usize,
}

impl<'a> Row<'a> {
    /// Its number in the batch.
    pub fn number(&self) -> usize {
        self.at
    }

    /// The value of one of the manifest's inputs, by number.
    ///
    /// # Panics
    /// If the manifest names fewer inputs.
    pub fn value(&self, input: usize) -> &'a Value {
        &self.batch.columns[input][self.at]
    }
}

impl Column {
    /// Asks once about each different value; the answers are looked up by row.
    pub fn per_value<T>(&self, ask: impl FnMut(&Value) -> T) -> PerValue<'_, T> {
        PerValue {
            index: &self.index,
            answers: self.values.iter().map(ask).collect(),
        }
    }

    /// As [`Column::per_value`], for yes and no.
    pub fn test(&self, ask: impl FnMut(&Value) -> bool) -> PerValue<'_, bool> {
        self.per_value(ask)
    }

    /// An output column with other values: made once for each different value.
    #[must_use]
    pub fn map<V: Into<Value>>(&self, mut make: impl FnMut(&Value) -> V) -> Self {
        Self {
            values: self.values.iter().map(|value| make(value).into()).collect(),
            index: self.index.clone(),
        }
    }

    /// An output column that says the same in every row.
    #[must_use]
    pub fn constant(rows: usize, value: impl Into<Value>) -> Self {
        Self {
            values: vec![value.into()],
            index: vec![0; rows],
        }
    }

    /// An output column of one value a row. Where many rows have the same value, [`Column::choice`] costs less.
    ///
    /// # Panics
    /// If there are more than 2^32 rows.
    #[must_use]
    pub fn of_rows<V: Into<Value>>(rows: impl IntoIterator<Item = V>) -> Self {
        let values: Vec<Value> = rows.into_iter().map(Into::into).collect();
        let rows = u32::try_from(values.len()).expect("a batch has at most 4,096 rows");
        Self {
            values,
            index: (0..rows).collect(),
        }
    }

    /// An output column of a few values, and which of them each row has.
    ///
    /// ```
    /// use activity_log_filter::{Column, Value};
    /// let column = Column::choice(["low", "high"], [0, 0, 1]);
    /// assert_eq!(column[2], Value::from("high"));
    /// ```
    ///
    /// # Panics
    /// If a row has a number that no value has.
    #[must_use]
    pub fn choice<V: Into<Value>>(
        values: impl IntoIterator<Item = V>,
        rows: impl IntoIterator<Item = u32>,
    ) -> Self {
        let values: Vec<Value> = values.into_iter().map(Into::into).collect();
        let index: Vec<u32> = rows.into_iter().collect();
        let most = index.iter().max().map_or(0, |at| *at as usize + 1);
        assert!(
            most <= values.len(),
            "a row names value {} of {}",
            most,
            values.len()
        );
        Self { values, index }
    }
}

/// The value of a row.
impl Index<usize> for Column {
    type Output = Value;

    fn index(&self, row: usize) -> &Value {
        &self.values[self.index[row] as usize]
    }
}

/// One answer for each different value of a column, found by row: `answers[row]`.
#[derive(Clone, Debug)]
pub struct PerValue<'a, T> {
    index: &'a [u32],
    answers: Vec<T>,
}

impl<T> Index<usize> for PerValue<'_, T> {
    type Output = T;

    #[inline]
    fn index(&self, row: usize) -> &T {
        &self.answers[self.index[row] as usize]
    }
}

impl PerValue<'_, bool> {
    /// Hands `tell` each of the rows' places with the row's answer.
    #[inline]
    fn each_row(&self, rows: &mut [bool], tell: impl Fn(&mut bool, bool)) {
        assert!(
            rows.len() == self.index.len(),
            "answers for {} rows in a batch of {}",
            self.index.len(),
            rows.len()
        );
        let turns = rows
            .chunks_mut(ROWS_A_TURN)
            .zip(self.index.chunks(ROWS_A_TURN));
        for (rows, index) in turns {
            let whole = <&mut [bool; ROWS_A_TURN]>::try_from(&mut *rows);
            match (whole, <&[u32; ROWS_A_TURN]>::try_from(index)) {
                (Ok(rows), Ok(index)) => self.turn(rows, index, &tell),
                _ => self.turn(rows, index, &tell),
            }
        }
    }

    #[inline]
    fn turn(&self, rows: &mut [bool], index: &[u32], tell: &impl Fn(&mut bool, bool)) {
        for (row, at) in rows.iter_mut().zip(index) {
            tell(row, self.answers[*at as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        Batch {
            rows: 4,
            columns: vec![
                Column::choice(["a", "b"], [0, 1, 1, 0]),
                Column::of_rows([1, 2, 3, 4]),
            ],
        }
    }

    #[test]
    fn a_closure_is_asked_once_for_each_value() {
        let batch = batch();
        let [letters, _] = batch.columns();
        let mut asked = 0;
        let is_b = letters.test(|value| {
            asked += 1;
            value.is("b")
        });
        assert_eq!(batch.keep(|row| is_b[row]).keep, [false, true, true, false]);
        assert_eq!(asked, 2);
    }

    #[test]
    fn answers_are_put_together() {
        let column = |rows: u32, of: u32| {
            Column::choice([false, true], (0..rows).map(|row| u32::from(row % of == 0)))
        };
        for rows in [0, 1, 7, 8, 9, 29] {
            let batch = Batch {
                rows,
                columns: vec![column(rows, 2), column(rows, 3)],
            };
            let [even, third] = batch.columns();
            let (even, third) = (even.test(Value::is_true), third.test(Value::is_true));
            let all = batch.keep(|row| even[row] & third[row]);
            assert_eq!(batch.keep_all([&even, &third]), all);
            let any = batch.keep(|row| even[row] | third[row]);
            assert_eq!(batch.keep_any([&even, &third]), any);
        }
        let none = batch();
        assert_eq!(none.keep_all([]).keep, [true; 4]);
        assert_eq!(none.keep_any([]).keep, [false; 4]);
    }

    #[test]
    #[should_panic(expected = "answers for 1 rows in a batch of 4")]
    fn answers_are_of_the_batch() {
        let other = Column::constant(1, true);
        batch().keep_all([&other.test(Value::is_true)]);
    }

    #[test]
    fn rows_see_their_values() {
        let batch = batch();
        let rows: Vec<String> = batch
            .iter()
            .map(|row| format!("{}{}{}", row.number(), row.value(0), row.value(1)))
            .collect();
        assert_eq!(rows, ["0a1", "1b2", "2b3", "3a4"]);
    }

    #[test]
    fn a_row_that_fails_is_named() {
        let failure = batch()
            .try_keep(|row| match row.value(1).integer() {
                Some(3) => Err("three"),
                _ => Ok(true),
            })
            .unwrap_err();
        assert_eq!(failure, Failure::of_row(2, "three"));
    }

    #[test]
    fn outputs_keep_the_dictionary() {
        let batch = batch();
        let upper = batch.columns[0].map(|value| value.to_text().to_uppercase());
        assert_eq!(upper.values, [Value::from("A"), Value::from("B")]);
        assert_eq!(upper[2], Value::from("B"));
        let constant = Column::constant(4, true);
        assert_eq!(
            (&constant[3], constant.values.len()),
            (&Value::Boolean(true), 1)
        );
    }

    #[test]
    #[should_panic(expected = "the filter takes 3 columns, but its manifest names 2 inputs")]
    fn a_wrong_number_of_columns_is_told() {
        let _: [&Column; 3] = batch().columns();
    }

    #[test]
    #[should_panic(expected = "a row names value 3 of 2")]
    fn a_choice_is_among_the_values() {
        let _ = Column::choice(["a", "b"], [0, 2]);
    }
}
