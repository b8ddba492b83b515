//! The rules of manifests, each at its edge.

use activity_log_plugin::{Manifest, Parameter};

fn manifest() -> Manifest {
    Manifest {
        name: "a".to_owned(),
        version: "0.0.0".to_owned(),
        description: String::new(),
        inputs: vec![],
        outputs: vec![],
        parameters: vec![],
    }
}

fn parameter(name: &str) -> Parameter {
    Parameter {
        name: name.to_owned(),
        description: String::new(),
        required: false,
    }
}

/// The field that the rule is about, or nothing if all is well.
fn broken(change: impl FnOnce(&mut Manifest)) -> Option<String> {
    let mut manifest = manifest();
    change(&mut manifest);
    manifest.check().err().map(|error| error.field)
}

#[test]
fn names() {
    for right in ["a", "0", "out-of-hours-writes", "a-", &"x".repeat(64)] {
        assert_eq!(
            broken(|manifest| manifest.name = right.to_owned()),
            None,
            "{right}"
        );
    }
    for wrong in ["", "-a", "A", "a_b", "a b", "ä", &"x".repeat(65)] {
        assert_eq!(
            broken(|manifest| manifest.name = wrong.to_owned()).as_deref(),
            Some("name"),
            "{wrong}"
        );
    }
}

#[test]
fn versions() {
    for right in [
        "1.0.0",
        "10.20.30",
        "1.0.0-rc.1",
        "1.0.0-alpha-2",
        "0.0.0-x",
    ] {
        assert_eq!(
            broken(|manifest| manifest.version = right.to_owned()),
            None,
            "{right}"
        );
    }
    let long = format!("1.0.0-{}", "x".repeat(27));
    for wrong in [
        "",
        "1",
        "1.0",
        "1.0.0.0",
        "1.0.x",
        "01.0.0",
        "1..0",
        "1.0.0-",
        "1.0.0-a..b",
        "v1.0.0",
        "1.0.0+b",
        &long,
    ] {
        assert_eq!(
            broken(|manifest| manifest.version = wrong.to_owned()).as_deref(),
            Some("version"),
            "{wrong}"
        );
    }
}

#[test]
fn descriptions() {
    assert_eq!(
        broken(|manifest| manifest.description = "ä".repeat(1000)),
        None
    );
    assert_eq!(
        broken(|manifest| manifest.description = "two\nlines".to_owned()),
        None
    );
    for wrong in ["ä".repeat(1001), "\u{1b}[31m".to_owned()] {
        assert_eq!(
            broken(|manifest| manifest.description = wrong).as_deref(),
            Some("description")
        );
    }
}

#[test]
fn inputs() {
    let with = |path: &str| {
        broken(|manifest| manifest.inputs = vec!["eventName".to_owned(), path.to_owned()])
    };
    let deepest = ["a"; 16].join(".");
    let longest = "x".repeat(256);
    for right in [
        "",
        "userIdentity.userName",
        r"requestParameters.tags.example\.com",
        r"a\\b",
        &deepest,
        &longest,
    ] {
        assert_eq!(with(right), None, "{right}");
    }
    let deep = ["a"; 17].join(".");
    let long = "x".repeat(257);
    for wrong in [
        "eventName",
        ".",
        "a.",
        ".a",
        "a..b",
        r"a\b",
        r"a\",
        "a\nb",
        &deep,
        &long,
    ] {
        assert_eq!(with(wrong).as_deref(), Some("inputs[1]"), "{wrong}");
    }
    let many = |inputs: u32| {
        broken(|manifest| manifest.inputs = (0..inputs).map(|input| input.to_string()).collect())
    };
    assert_eq!((many(32), many(33).as_deref()), (None, Some("inputs")));
}

#[test]
fn outputs() {
    let with =
        |name: &str| broken(|manifest| manifest.outputs = vec!["risk".to_owned(), name.to_owned()]);
    for right in ["sourceIPAddress", "any text", "ä", &"x".repeat(256)] {
        assert_eq!(with(right), None, "{right}");
    }
    for wrong in ["", "risk", "a\tb", &"x".repeat(257)] {
        assert_eq!(with(wrong).as_deref(), Some("outputs[1]"), "{wrong}");
    }
    let many = |outputs: u32| {
        broken(|manifest| {
            manifest.outputs = (0..outputs).map(|output| output.to_string()).collect();
        })
    };
    assert_eq!((many(16), many(17).as_deref()), (None, Some("outputs")));
}

#[test]
fn parameters() {
    let with = |name: &str| {
        broken(|manifest| manifest.parameters = vec![parameter("hours"), parameter(name)])
    };
    assert_eq!(with(&"x".repeat(64)), None);
    for wrong in ["", "hours", "a\u{7f}", &"x".repeat(65)] {
        assert_eq!(
            with(wrong).as_deref(),
            Some("parameters[1].name"),
            "{wrong}"
        );
    }
    let many = |count: u32| {
        broken(|manifest| {
            manifest.parameters = (0..count)
                .map(|name| parameter(&name.to_string()))
                .collect();
        })
    };
    assert_eq!((many(32), many(33).as_deref()), (None, Some("parameters")));
    let described = broken(|manifest| {
        manifest.parameters = vec![Parameter {
            description: "x".repeat(1001),
            ..parameter("hours")
        }];
    });
    assert_eq!(described.as_deref(), Some("parameters[0].description"));
}

/// Each description is within its rule; together they would not fit into a list of plugins.
#[test]
fn all_of_it_has_a_size() {
    let described = |char: &str| {
        broken(|manifest| {
            manifest.parameters = (0..32)
                .map(|number| Parameter {
                    description: char.repeat(1000),
                    ..parameter(&format!("p{number}"))
                })
                .collect();
        })
    };
    assert_eq!(described("x"), None);
    assert_eq!(described("ä").as_deref(), Some("all of it"));
}

#[test]
fn errors_name_field_and_rule() {
    let mut wrong = manifest();
    wrong.inputs = vec!["a..b".to_owned()];
    assert_eq!(
        wrong.check().unwrap_err().to_string(),
        r#"manifest: inputs[0]: a dotted path of at most 16 names, none empty, such as userIdentity.userName (a dot in a name is \. and a backslash \\); or "" for the whole event"#
    );
}
