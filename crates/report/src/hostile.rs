//! Cells that have broken reports elsewhere, for the tests of every format.

use proptest::prelude::*;

use activity_log_core::fields::Cell;

/// Texts that must come back as they are and do nothing.
pub fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "=cmd|' /C calc'!A0",
        "'=1",
        "''-1+1",
        "+1+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "{=1}",
        "a\"b",
        "\"",
        "\"\"",
        "a,b;c\td",
        "line\nline\r\nline\rend",
        " spaces around ",
        "nul\0in",
        "\0",
        "\u{1}\u{8}\u{b}\u{1f}\u{7f}\u{85}",
        "_x0000_ _x005F_ _x41_",
        "_x0041_x0042_",
        "\u{fffe}\u{ffff}\u{feff}",
        "😀 👩‍👩‍👧 e\u{301} \u{202e}abc",
        "<t>&amp;</t>]]>",
        "https://example.com/?a=b",
        "mailto:a@example.com",
        "TRUE",
        "1e5",
        "00123",
        "NULL",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(32_767));
    texts.push("y".repeat(40_000));
    texts.push("😀".repeat(20_000));
    texts
}

/// One of these, or any text; often one that starts as a formula does.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(texts()),
        "['=+\\-@\t\r\n0-9.eE]{0,6}",
        "['=+\\-@]{0,3}.{0,20}",
        any::<String>(),
    ]
}

/// A cell of any type.
pub fn cell() -> impl Strategy<Value = Cell<'static>> {
    prop_oneof![
        Just(Cell::Absent),
        Just(Cell::Null),
        any::<bool>().prop_map(Cell::Boolean),
        any::<i64>().prop_map(Cell::Integer),
        any::<f64>().prop_map(Cell::Float),
        text().prop_map(|text| Cell::Text(text.into())),
        text().prop_map(|text| Cell::Json(serde_json::to_string(&[text]).unwrap().into())),
    ]
}
