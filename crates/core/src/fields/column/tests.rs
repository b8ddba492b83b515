use super::*;

fn refused(paths: &[&str]) -> String {
    Columns::parse(paths).unwrap_err().to_string()
}

#[test]
fn every_cap_is_named() {
    let many: Vec<String> = (0..=COLUMNS).map(|at| format!("c{at}")).collect();
    let most = Columns::parse(&many[..COLUMNS]).unwrap();
    assert_eq!(most.len(), COLUMNS);
    assert_eq!(most.clone().add("x"), Err(ColumnError::TooMany));
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(refused(&many), "more than 100");

    let long = "é".repeat(PATH_BYTES / 2);
    assert!(Column::parse(&long).is_ok());
    let error = refused(&[&format!("{long}.")]);
    assert!(error.ends_with("is 257 bytes long; at most 256"), "{error}");

    let deep = vec!["d"; DEPTH].join(".");
    assert!(Column::parse(&deep).is_ok());
    let error = refused(&[&format!("{deep}.d")]);
    assert!(error.ends_with("has 17 names; at most 16"), "{error}");
}

#[test]
fn what_is_no_path_is_refused() {
    for path in ["", ".", "a.", ".a", "a..b"] {
        let empty = Column::parse(path);
        assert_eq!(empty, Err(ColumnError::EmptyName(path.to_owned())));
    }
    assert_eq!(refused(&[]), "name at least one");
    assert_eq!(refused(&["a", "b", "a"]), "\"a\" is named twice");
    assert!(matches!(Column::parse("a\\"), Err(ColumnError::Escape(_))));
    assert!(matches!(Column::parse("\\a"), Err(ColumnError::Escape(_))));
    assert!(matches!(Column::parse("a\n"), Err(ColumnError::Control(_))));
}

#[test]
fn columns_nobody_chose_are_columns_one_could_have_chosen() {
    for dialects in [
        &[Dialect::CloudTrail][..],
        &[Dialect::K2],
        &[Dialect::Vk],
        &[Dialect::Vk, Dialect::K2, Dialect::CloudTrail],
    ] {
        let columns = Columns::of_dialects(dialects);
        let names = columns.iter().map(Column::name);
        let parsed = Columns::parse(names).unwrap();
        assert_eq!(columns.list, parsed.list);
        assert!(columns.list[0].is_event_time());
        assert_eq!(columns.list[1].name, dialects[0].name_field());
    }
    let view = Columns::default();
    assert_eq!(view.list, Columns::parse(View::NAMES).unwrap().list);
    assert!(view.list[0].is_event_time());
}

#[test]
fn the_record_is_asked_for_alone() {
    let list = |names: &[&str]| Columns::asked(names).unwrap().list;
    assert_eq!(list(&[]), Columns::default().list);
    assert_eq!(list(&["record"]), Columns::of_dialects(&Dialect::ALL).list);
    assert_eq!(
        list(&["a", "who"]),
        Columns::parse(["a", "who"]).unwrap().list
    );
    let error = Columns::asked(&["a", "record"]).unwrap_err();
    assert_eq!(error, ColumnError::NotAlone);
    // As a path it is one.
    assert_eq!(
        Columns::parse(["record"]).unwrap().list[0].path(),
        ["record"]
    );
}

#[test]
fn no_record_and_no_plugin_says_how_an_event_came() {
    let mut columns = Columns::parse(["origin", "a", "a.origin"]).unwrap();
    let record = r#"{"origin":"service","a":{"origin":"x"}}"#;
    let mut cells = columns.project(record).unwrap();
    assert_eq!(cells[0], Cell::Absent);
    columns.put_view(&mut cells, record, "producer:eve");
    assert_eq!(cells[0], Cell::Text("producer:eve".into()));
    assert_eq!(cells[2], Cell::Text("x".into()));
    assert_eq!(columns.add(ORIGIN), Err(ColumnError::Origin));
    for dialect in Dialect::ALL {
        assert!(Columns::of_dialects(&[dialect]).position(ORIGIN).is_some());
    }
}

#[test]
fn what_the_view_has_is_no_path_but_where_paths_are_asked_for() {
    let record = r#"{"timestamp":"2026-11-20T12:00:00+01:00","event_id":"e","action":"stop","who":"nobody","source":"nova","a":{"who":1}}"#;
    let columns =
        Columns::parse(["who", "a.who", "time", "action", "result", "timestamp"]).unwrap();
    let mut cells = columns.project(record).unwrap();
    columns.put_view(&mut cells, record, "queue");
    let text = |text: &'static str| Cell::Text(text.into());
    let expected = [
        Cell::Absent,
        Cell::Integer(1),
        text("2026-11-20T11:00:00Z"),
        text("stop"),
        text("ok"),
        text("2026-11-20T12:00:00+01:00"),
    ];
    assert_eq!(cells, expected);
    columns.put_in_view(&mut cells, "who", text("(hidden)"));
    columns.put_in_view(&mut cells, "a.who", text("(hidden)"));
    assert_eq!(
        (&cells[0], &cells[1]),
        (&text("(hidden)"), &Cell::Integer(1))
    );
    let paths = Columns::in_record(["who", "time", "source"]).unwrap();
    let mut cells = paths.project(record).unwrap();
    paths.put_view(&mut cells, record, "queue");
    assert_eq!(cells, [text("nobody"), Cell::Absent, text("nova")]);
}

#[test]
fn a_plugins_column_waits_for_its_cells() {
    let mut columns = Columns::parse(["a"]).unwrap();
    columns.add("risk.score").unwrap();
    assert!(matches!(columns.add("a"), Err(ColumnError::Twice(_))));
    let cells = columns.project(r#"{"a":1,"risk":{"score":2}}"#).unwrap();
    assert_eq!(cells, [Cell::Integer(1), Cell::Absent]);
}
