use std::io::{Cursor, Read as _};

use calamine::{Data, Reader as _, Xlsx};
use proptest::prelude::*;

use super::*;
use crate::hostile;

fn settings() -> Settings {
    Settings {
        created: Instant::parse("2026-11-20T12:00:00Z").unwrap(),
        ..Settings::default()
    }
}

fn try_write(
    names: &[&str],
    rows: &[Vec<Cell<'_>>],
    settings: &Settings,
) -> Result<(Vec<u8>, Finished), Error> {
    let columns = Columns::parse(names).unwrap();
    let mut writer = crate::begin(Format::Xlsx, &columns, settings)?;
    for cells in rows {
        writer.push(Row {
            record: "{}",
            cells,
        })?;
        assert_eq!(writer.take_part(), None);
    }
    let mut finished = writer.finish()?;
    let mut bytes = vec![];
    while let Some(part) = finished.rest.next_part(1_000).unwrap() {
        bytes.extend(part);
    }
    assert_eq!(finished.bytes, bytes.len() as u64);
    assert_eq!(finished.rows, rows.len() as u64);
    Ok((bytes, finished))
}

fn write(names: &[&str], rows: &[Vec<Cell<'_>>], settings: &Settings) -> (Vec<u8>, Finished) {
    try_write(names, rows, settings).unwrap()
}

/// A file of the zip archive.
fn part(bytes: &[u8], name: &str) -> String {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    zip.by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn names(bytes: &[u8]) -> Vec<String> {
    let zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    zip.file_names()
        .map(|name| name.unwrap().into_owned())
        .collect()
}

/// All sheets' rows, without their headers, as a reader sees them.
fn read(bytes: &[u8]) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let sheets = book.worksheets();
    let rows = |(_, range): &(String, calamine::Range<Data>)| {
        range
            .rows()
            .skip(1)
            .map(<[Data]>::to_vec)
            .collect::<Vec<_>>()
    };
    sheets.iter().flat_map(rows).collect()
}

/// What a text cell says; calamine undoes Excel's escapes (ECMA-376 part 1, 22.9.2.19).
fn text_of(data: &Data) -> String {
    match data {
        Data::String(text) => text.clone(),
        Data::Empty => String::new(),
        other => panic!("{other:?} is no text"),
    }
}

#[test]
fn cells_have_real_types() {
    let row = vec![
        Cell::Text("2023-07-10T15:00:00+03:00".into()),
        Cell::Boolean(true),
        Cell::Integer(-5),
        Cell::Integer(123_456_789_012_345),
        Cell::Integer(1_234_567_890_123_456),
        Cell::Float(0.1),
        Cell::Text("2023-07-10T12:00:00Z".into()),
        Cell::Json("[1]".into()),
    ];
    let names = ["eventTime", "b", "c", "d", "e", "f", "creationDate", "h"];
    let (bytes, _) = write(&names, &[row], &settings());
    let row = read(&bytes).remove(0);
    let Data::DateTime(date) = row[0] else {
        panic!("{:?} is no date", row[0]);
    };
    // 45117 is 10 July 2023 as Excel counts days.
    assert!((date.as_f64() - 45_117.5).abs() < 1e-9);
    let expected = [
        Data::Bool(true),
        Data::Float(-5.0),
        Data::Float(123_456_789_012_345.0),
        Data::String("1234567890123456".into()),
        Data::Float(0.1),
        Data::String("2023-07-10T12:00:00Z".into()),
        Data::String("[1]".into()),
    ];
    assert_eq!(row[1..], expected);
}

#[test]
fn times_that_are_no_dates_stay_texts() {
    let times = [
        "",
        "yesterday",
        "0001-01-01T00:00:00Z",
        "1900-01-31T00:00:00Z",
    ];
    let rows: Vec<_> = times
        .iter()
        .map(|time| vec![Cell::Text((*time).into()), Cell::Boolean(true)])
        .collect();
    let (bytes, _) = write(&["timestamp", "b"], &rows, &settings());
    for (row, time) in read(&bytes).iter().zip(times) {
        assert_eq!(text_of(&row[0]), time);
    }
}

#[test]
fn fractions_of_seconds_are_shown() {
    let row = vec![Cell::Text("2023-07-10T12:00:00.250Z".into())];
    let (bytes, _) = write(&["eventTime"], &[row], &settings());
    let looks = part(&bytes, "xl/styles.xml");
    assert!(looks.contains("yyyy-mm-dd hh:mm:ss.000"), "{looks}");
    let Data::DateTime(date) = read(&bytes)[0][0] else {
        panic!("no date");
    };
    assert!((date.as_f64() - 45_117.500_002_893_52).abs() < 1e-10);
}

#[test]
fn hostile_cells_come_back_intact_and_do_nothing() {
    let texts = hostile::texts();
    let rows: Vec<_> = texts
        .iter()
        .map(|text| vec![Cell::Text(text.into()), Cell::Boolean(true)])
        .collect();
    let (bytes, finished) = write(&["=1+1", "b"], &rows, &settings());
    assert_eq!(finished.cut_cells, 2);
    for (row, text) in read(&bytes).iter().zip(&texts) {
        assert_eq!(text_of(&row[0]), fit(text));
    }
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(sheet.contains(">nul_x0000_in<") && sheet.contains(">_x005F_x0000_ "));
    assert!(!sheet.contains("<f>") && !sheet.contains("<f ") && !sheet.contains("hyperlink"));
    let names = names(&bytes);
    assert!(
        names.iter().all(|name| !name.contains("sheet1.xml.rels")),
        "{names:?}"
    );
}

#[test]
fn a_sheet_has_a_frozen_header_and_columns_as_wide_as_their_texts() {
    let rows = [vec![
        Cell::Text("x".repeat(30).into()),
        Cell::Text("y".repeat(900).into()),
    ]];
    let (bytes, _) = write(&["a", "b"], &rows, &settings());
    let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
    assert!(
        sheet.contains("<pane ySplit=\"1\" topLeftCell=\"A2\""),
        "{sheet}"
    );
    assert!(sheet.contains("state=\"frozen\""));
    let widths: Vec<f64> = sheet
        .split(" width=\"")
        .skip(1)
        .map(|text| text.split('"').next().unwrap().parse().unwrap())
        .collect();
    assert!(
        (widths[0] - 32.0).abs() < 1.5 && (widths[1] - 62.0).abs() < 1.5,
        "{widths:?}"
    );
    assert!(sheet.contains("numberStoredAsText=\"1\""));
}

#[test]
fn rows_go_on_in_further_sheets() {
    let rows: Vec<_> = (0..10).map(|at| vec![Cell::Integer(at)]).collect();
    let settings = Settings {
        sheet_rows: 4,
        ..settings()
    };
    let (bytes, finished) = write(&["n"], &rows, &settings);
    assert_eq!(finished.sheets, 4);
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.clone())).unwrap();
    for (name, range) in book.worksheets() {
        assert!(name.starts_with("Events "), "{name}");
        assert_eq!(range.get((0, 0)), Some(&Data::String("n".into())));
        assert!(range.height() <= 4);
    }
    let numbers: Vec<_> = read(&bytes).into_iter().flatten().collect();
    let expected: Vec<_> = (0..10_u8).map(|at| Data::Float(at.into())).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn a_full_sheet_is_the_last_until_there_is_another_row() {
    let rows: Vec<_> = (0..3).map(|at| vec![Cell::Integer(at)]).collect();
    let settings = Settings {
        sheet_rows: 4,
        ..settings()
    };
    assert_eq!(write(&["n"], &rows, &settings).1.sheets, 1);
    assert_eq!(write(&["n"], &[], &settings).1.sheets, 1);
}

#[test]
fn the_same_rows_give_the_same_bytes() {
    let rows = [vec![Cell::Integer(1)]];
    let (bytes, _) = write(&["n"], &rows, &settings());
    assert_eq!(bytes, write(&["n"], &rows, &settings()).0);
    assert!(part(&bytes, "docProps/core.xml").contains("2026-11-20T12:00:00Z"));
}

#[test]
fn the_disk_has_a_cap_on_sheets_and_on_the_finished_file() {
    let rows: Vec<_> = (0..100).map(|at| vec![Cell::Integer(at)]).collect();
    let capped = |disk_bytes| {
        let settings = Settings {
            disk_bytes,
            ..settings()
        };
        try_write(&["n"], &rows, &settings)
    };
    let error = capped(5_000).unwrap_err().to_string();
    assert!(
        error.contains("more than the 5000 bytes") && error.contains("after 3"),
        "{error}"
    );
    let finishing = capped(17_000).unwrap_err().to_string();
    assert!(finishing.contains("after 100 rows"), "{finishing}");
    assert!(capped(100_000).is_ok());
}

#[test]
fn a_workbook_cannot_be_suspended() {
    let columns = Columns::default();
    let writer = crate::begin(Format::Xlsx, &columns, &settings()).unwrap();
    let error = writer.suspend().unwrap_err().to_string();
    assert_eq!(error, "a report in xlsx cannot be suspended");
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let settings = Settings {
        disk: "/nowhere/at/all".into(),
        ..settings()
    };
    assert!(matches!(
        try_write(&["n"], &[], &settings),
        Err(Error::Xlsx(_))
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn read_back_the_cells_are_there(
        mut rows in prop::collection::vec(prop::collection::vec(hostile::cell(), 2), 1..10),
        sheet_rows in 2_u32..6,
    ) {
        // A reader leaves out rows and columns of nothing at the sheet's end.
        for row in &mut rows {
            row.push(Cell::Boolean(true));
        }
        let settings = Settings { sheet_rows, ..settings() };
        let (bytes, _) = write(&["a", "b", "c"], &rows, &settings);
        let back = read(&bytes);
        prop_assert_eq!(back.len(), rows.len());
        for (row, cells) in back.iter().zip(&rows) {
            for (data, cell) in row.iter().zip(cells) {
                match (data, cell) {
                    (Data::Bool(data), Cell::Boolean(cell)) => prop_assert_eq!(data, cell),
                    (Data::Float(data), Cell::Float(cell)) => {
                        prop_assert_eq!(data.to_bits(), cell.to_bits());
                    }
                    #[expect(clippy::cast_precision_loss, reason = "15 digits")]
                    (Data::Float(data), Cell::Integer(cell)) => {
                        prop_assert_eq!(data.to_bits(), (*cell as f64).to_bits());
                        prop_assert!(cell.unsigned_abs() <= DIGITS_15);
                    }
                    _ => {
                        let text = cell.text();
                        prop_assert_eq!(text_of(data), fit(&text));
                    }
                }
            }
        }
    }

    #[test]
    fn the_sheets_take_no_more_than_is_counted(
        rows in prop::collection::vec(prop::collection::vec(hostile::cell(), 3), 0..8),
    ) {
        let columns = Columns::parse(["a", "b", "c"]).unwrap();
        let mut writer = XlsxWriter::begin(&columns, &settings()).unwrap();
        for cells in &rows {
            writer.push(Row { record: "{}", cells }).unwrap();
        }
        let counted = writer.disk_bytes;
        let mut bytes = vec![];
        Box::new(writer).finish().unwrap().rest.read_to_end(&mut bytes).unwrap();
        let sheet = part(&bytes, "xl/worksheets/sheet1.xml");
        let start = sheet.find("<sheetData").unwrap();
        let end = sheet.find("</sheetData>").unwrap_or(start);
        prop_assert!((end - start) as u64 <= counted + 12);
    }
}
