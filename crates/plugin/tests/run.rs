//! A well-behaved plugin: what goes in, what comes out, what is counted.

mod guest;

use std::time::Duration;

use activity_log_plugin::{
    Batch, Budget, Column, Compiled, Engine, Failure, Limits, OwnedValue, ParameterError, Plugin,
    Run, Spent, Value, compile,
};
use guest::{Guest, manifest, parameter, texts};

const BUDGET: Budget = Budget {
    time: Duration::from_mins(1),
    fuel: None,
};

fn load(guest: &Guest) -> Plugin {
    let limits = Limits::default();
    let compiled = compile(&guest.component(), &limits).unwrap();
    Engine::new(limits).unwrap().load(&compiled).unwrap()
}

#[test]
fn describes_itself() {
    let mut described = manifest();
    described.inputs.push("userIdentity.userName".to_owned());
    described.parameters = vec![parameter("hours", true), parameter("days", false)];
    let guest = Guest {
        manifest: described.clone(),
        ..Guest::default()
    };
    let plugin = load(&guest);
    assert_eq!(plugin.describe().unwrap(), described);
    assert_eq!(plugin.describe().unwrap(), described);
}

#[test]
fn filters_batches_of_columns() {
    let plugin = load(&Guest::default());
    let mut run = plugin.start(&[], BUDGET).unwrap();
    let values = vec![
        Value::Absent,
        Value::Null,
        Value::Boolean(true),
        Value::Integer(-5),
        Value::Float(0.5),
        Value::Text("Describe"),
        Value::Json(r#"{"D":1}"#),
        Value::Text(""),
        Value::Text("ДD"),
    ];
    let index: Vec<u32> = (0..9).chain([5, 0, 5]).collect();
    let batch = Batch {
        rows: 12,
        columns: vec![Column {
            values,
            index: &index,
        }],
    };
    let verdict = run.filter(&batch).unwrap();
    let kept: Vec<_> = (0..12).filter(|row| verdict.keep[*row]).collect();
    assert_eq!(kept, [5, 9, 11]);
    let copies: Vec<_> = (0..9)
        .map(|row| verdict.outputs[0].row(row).clone())
        .collect();
    let expected = [
        OwnedValue::Absent,
        OwnedValue::Null,
        OwnedValue::Boolean(true),
        OwnedValue::Integer(-5),
        OwnedValue::Float(0.5),
        OwnedValue::Text("Describe".to_owned()),
        OwnedValue::Json(r#"{"D":1}"#.to_owned()),
        OwnedValue::Text(String::new()),
        OwnedValue::Text("ДD".to_owned()),
    ];
    assert_eq!(copies, expected);
    assert_eq!(verdict.outputs[0].index, index);
}

#[test]
fn a_string_that_is_no_unicode_may_be_given_back() {
    let plugin = load(&Guest::default());
    let mut run = plugin.start(&[], BUDGET).unwrap();
    let batch = Batch {
        rows: 1,
        columns: vec![Column {
            values: vec![Value::Json(r#""\ud800""#)],
            index: &[0],
        }],
    };
    let verdict = run.filter(&batch).unwrap();
    let same = OwnedValue::Json(r#""\ud800""#.to_owned());
    assert_eq!(verdict.outputs[0].row(0), &same);
}

#[test]
fn counts_what_it_uses() {
    let plugin = load(&Guest::default());
    let budget = Budget {
        fuel: Some(100_000),
        ..BUDGET
    };
    let mut run = plugin.start(&[], budget).unwrap();
    let column = texts(["Describe", "Run", "Describe"]);
    let mut fuel = vec![];
    for _ in 0..3 {
        let batch = Batch {
            rows: 3,
            columns: vec![column.column()],
        };
        assert_eq!(run.filter(&batch).unwrap().keep, [true, false, true]);
        fuel.push(run.used().fuel);
    }
    let used = run.used();
    assert_eq!((used.batches, used.rows, used.log_lines), (3, 9, 0));
    assert_eq!(used.memory_bytes, 2 * 65536);
    assert!(used.guest_time > Duration::ZERO && used.guest_time < budget.time);
    // The same batch costs the same fuel.
    assert!(fuel[0] > 0);
    assert_eq!(fuel[2] - fuel[1], fuel[1] - fuel[0]);
    assert!(!used.log_cut && run.log().is_empty());
}

/// However often a report is interrupted, and whatever it costs to start again.
#[test]
fn a_budget_is_met_at_the_same_batch_in_however_many_runs() {
    let plugin = load(&Guest::default());
    let texts = vec![Value::Text("Describe"), Value::Text("Run")];
    let columns = vec![Column {
        values: texts,
        index: &[0, 1, 0],
    }];
    let batch = Batch { rows: 3, columns };
    let judged = |budget, batches: usize, runs_of: usize| {
        let mut spent = Spent::default();
        let mut run: Option<Run> = None;
        for at in 0..batches {
            let mut going = match run.take() {
                Some(run) => run,
                None if at == 0 => plugin.start(&[], budget)?,
                None => plugin.resume(&[], budget, spent)?,
            };
            going.filter(&batch)?;
            if (at + 1) % runs_of == 0 || at + 1 == batches {
                let used = going.used();
                spent.fuel += used.fuel;
                spent.time += used.guest_time;
            } else {
                run = Some(going);
            }
        }
        Ok::<u64, Failure>(spent.fuel)
    };
    let (short, needed) = (judged(BUDGET, 5, 5).unwrap(), judged(BUDGET, 6, 6).unwrap());
    for runs_of in [1, 2, 3, 6] {
        let with = |fuel| {
            let fuel = Some(fuel);
            judged(Budget { fuel, ..BUDGET }, 6, runs_of)
        };
        assert_eq!(with(needed).unwrap(), needed, "{runs_of} a run");
        let told = format!("fuel: the plugin used up the run's {short} units of fuel");
        assert_eq!(with(short).unwrap_err().to_string(), told);
    }
    // Nothing is left, and the whole is named.
    let spent = Spent {
        fuel: 7,
        time: BUDGET.time,
    };
    let mut run = plugin.resume(&[], BUDGET, spent).unwrap();
    let told = run.filter(&batch).unwrap_err().to_string();
    assert!(
        told.starts_with("time: the plugin took longer than the run's 60 s"),
        "{told}"
    );
}

#[test]
fn parameters_are_checked_before_the_plugin_is_asked() {
    let mut described = manifest();
    described.parameters = vec![parameter("hours", true), parameter("days", false)];
    let plugin = load(&Guest {
        manifest: described,
        ..Guest::default()
    });
    let start = |given: &[(&str, &str)]| {
        let given: Vec<_> = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        plugin.start(&given, BUDGET).map(|_| ())
    };
    start(&[("hours", "9-17")]).unwrap();
    start(&[("days", "1-5"), ("hours", "9-17")]).unwrap();
    let refused = |given: &[(&str, &str)]| match start(given).unwrap_err() {
        Failure::Parameters(error) => error,
        other => panic!("{other}"),
    };
    assert_eq!(
        refused(&[("days", "1-5")]).to_string(),
        r#"parameters: "hours" is missing; the plugin needs it: what hours is"#
    );
    assert_eq!(
        refused(&[("hours", "1"), ("hour", "2")]).to_string(),
        r#"parameters: the plugin has no "hour"; it has "hours", "days""#
    );
    assert_eq!(
        refused(&[("hours", "1"), ("hours", "2")]),
        ParameterError::Twice("hours".to_owned())
    );
    let long = "x".repeat(65_537);
    assert_eq!(
        refused(&[("hours", &long)]),
        ParameterError::TooLong("hours".to_owned())
    );
}

#[test]
fn parameters_reach_the_plugin() {
    // Fails with the first parameter's value as its message.
    let mut described = manifest();
    described.parameters = vec![parameter("hours", true)];
    let plugin = load(&Guest {
        manifest: described,
        start: "(i32.store8 (i32.const 512) (i32.const 1))
                (i32.store offset=4 (i32.const 512) (i32.load offset=8 (local.get $at)))
                (i32.store offset=8 (i32.const 512) (i32.load offset=12 (local.get $at)))
                (i32.const 512)"
            .to_owned(),
        ..Guest::default()
    });
    let failure = plugin
        .start(&[("hours".to_owned(), "ten".to_owned())], BUDGET)
        .unwrap_err();
    assert_eq!(failure.to_string(), "the plugin does not start: ten");
    assert_eq!(failure.name(), "start");
}

#[test]
fn a_compiled_form_is_kept_and_opened_again() {
    let limits = Limits::default();
    let compiled = compile(&Guest::default().component(), &limits).unwrap();
    let opened = Compiled::open(compiled.bytes().to_vec(), &compiled.digest()).unwrap();
    assert_eq!(opened, compiled);
    let plugin = Engine::new(limits).unwrap().load(&opened).unwrap();
    assert_eq!(plugin.component_digest(), opened.component_digest());
    assert_eq!(plugin.describe().unwrap(), manifest());
}

#[test]
fn many_run_at_once() {
    let plugin = load(&Guest::default());
    std::thread::scope(|scope| {
        for thread in 0..4_u8 {
            let plugin = plugin.clone();
            scope.spawn(move || {
                let mut run = plugin.start(&[], BUDGET).unwrap();
                let text = if thread % 2 == 0 { "Delete" } else { "Run" };
                for rows in 1..=50 {
                    let column = texts(std::iter::repeat_n(text, rows as usize));
                    let batch = Batch {
                        rows,
                        columns: vec![column.column()],
                    };
                    let verdict = run.filter(&batch).unwrap();
                    assert!(verdict.keep.iter().all(|keep| *keep == (thread % 2 == 0)));
                }
            });
        }
    });
}
