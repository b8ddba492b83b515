//! Cells in columns, aligned by what they take on a terminal.

use console::{Alignment, measure_text_width, pad_str};

/// What stands between two columns.
pub const GAP: &str = "  ";

/// Makes each column as wide as its cell in this line needs.
pub fn widen(widths: &mut [usize], cells: &[String]) {
    for (width, cell) in widths.iter_mut().zip(cells) {
        *width = (*width).max(measure_text_width(cell));
    }
}

/// A line of cells in columns of these widths, without blanks at its end.
pub fn line<C: AsRef<str>>(cells: impl IntoIterator<Item = C>, widths: &[usize]) -> String {
    let padded = cells
        .into_iter()
        .zip(widths)
        .map(|(cell, width)| pad_str(cell.as_ref(), *width, Alignment::Left, None).into_owned());
    padded.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wide_on_a_terminal_takes_its_place() {
        let lines = [["日本", "x"], ["abc", "y"]].map(|line| line.map(str::to_owned));
        let mut widths = [0; 2];
        for cells in &lines {
            widen(&mut widths, cells);
        }
        assert_eq!(widths, [4, 1]);
        assert_eq!(
            lines.map(|cells| line(cells, &widths)),
            ["日本  x", "abc   y"]
        );
    }
}
