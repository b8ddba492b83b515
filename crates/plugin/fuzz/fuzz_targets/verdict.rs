//! Any verdict, through the check and through a plugin's memory: what is let through keeps its promises.

#![no_main]

#[path = "../../tests/guest/mod.rs"]
mod guest;

use std::sync::LazyLock;
use std::time::Duration;

use activity_log_plugin::{
    Batch, Budget, Column, Engine, Failure, Limits, OwnedColumn, OwnedValue, Plugin, Value,
    Verdict, compile,
};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Any {
    Absent,
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    Json(String),
}

#[derive(Arbitrary, Debug)]
struct Input {
    rows: u8,
    keep: Vec<bool>,
    outputs: Vec<(Vec<Any>, Vec<u16>)>,
    /// what a plugin writes where its result is read
    memory: Vec<Word>,
}

#[derive(Arbitrary, Debug)]
enum Word {
    /// an address among these words, or a little beside
    Address(u8),
    Small(u8),
    Any(u32),
}

/// Writes the integers of its column where its result is read, two words from each, and returns it.
const WRITES_WORDS: &str = "
    (local.set $n (i32.load offset=4 (local.get $columns)))
    (local.set $values (i32.load (local.get $columns)))
    (block $done (loop $next
      (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
      (i64.store (i32.add (i32.const 512) (i32.shl (local.get $i) (i32.const 3)))
        (i64.load offset=8 (i32.add (local.get $values) (i32.shl (local.get $i) (i32.const 4)))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br $next)))
    (i32.const 512)";

static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
    let limits = Limits::default();
    let guest = guest::Guest::filtering(WRITES_WORDS);
    let compiled = compile(&guest.component(), &limits).unwrap();
    Engine::new(limits).unwrap().load(&compiled).unwrap()
});

/// What a checked verdict promises whoever reads it.
fn keeps_its_promises(verdict: &Verdict, rows: usize, outputs: usize) {
    assert_eq!((verdict.keep.len(), verdict.outputs.len()), (rows, outputs));
    let limits = Limits::default();
    let mut bytes = 0;
    for column in &verdict.outputs {
        assert_eq!(column.index.len(), rows);
        for row in 0..rows {
            column.row(row);
        }
        for value in &column.values {
            match value {
                OwnedValue::Float(float) => assert!(float.is_finite()),
                OwnedValue::Text(text) => bytes += text.len(),
                OwnedValue::Json(json) => {
                    bytes += json.len();
                    // By the grammar: records hold 1e6000 and half surrogate pairs too, and what a plugin gives back
                    // as it came must pass.
                    serde_json::from_str::<serde::de::IgnoredAny>(json).unwrap();
                    assert!(json.trim_start().starts_with(['{', '[']));
                }
                _ => {}
            }
        }
    }
    assert!(bytes <= limits.verdict_bytes);
}

fn check(input: &Input) {
    let rows = usize::from(input.rows);
    let value = |value: &Any| match value {
        Any::Absent => OwnedValue::Absent,
        Any::Null => OwnedValue::Null,
        Any::Boolean(value) => OwnedValue::Boolean(*value),
        Any::Integer(value) => OwnedValue::Integer(*value),
        Any::Float(value) => OwnedValue::Float(*value),
        Any::Text(value) => OwnedValue::Text(value.clone()),
        Any::Json(value) => OwnedValue::Json(value.clone()),
    };
    let outputs = input.outputs.iter().map(|(values, index)| OwnedColumn {
        values: values.iter().map(value).collect(),
        // Of the right length, so that what comes after it is reached; one in 256 is not.
        index: (0..rows)
            .map(|row| index.get(row).map_or(0, |index| u32::from(*index)))
            .skip(usize::from(index.first() == Some(&7)))
            .collect(),
    });
    let keep = (0..rows)
        .map(|row| input.keep.get(row) == Some(&true))
        .collect();
    let verdict = Verdict {
        keep: if input.keep.first() == Some(&true) {
            input.keep.clone()
        } else {
            keep
        },
        outputs: outputs.collect(),
    };
    let outputs = verdict.outputs.len();
    if verdict.check(rows, outputs, &Limits::default()).is_ok() {
        keeps_its_promises(&verdict, rows, outputs);
    }
}

fn lift(input: &Input) {
    let word = |word: &Word| match word {
        Word::Address(at) => 512 + u32::from(*at) * 4,
        Word::Small(small) => u32::from(*small),
        Word::Any(any) => *any,
    };
    let words: Vec<u32> = input.memory.iter().take(2048).map(word).collect();
    let values = words.chunks(2).map(|pair| {
        let (low, high) = (pair[0], pair.get(1).copied().unwrap_or(0));
        Value::Integer(i64::from_le_bytes(
            (u64::from(low) | u64::from(high) << 32).to_le_bytes(),
        ))
    });
    let mut values: Vec<_> = values.collect();
    values.push(Value::Null);
    let rows = u32::from(input.rows).max(1);
    let index = vec![0; rows as usize];
    let batch = Batch {
        rows,
        columns: vec![Column {
            values,
            index: &index,
        }],
    };
    let budget = Budget {
        time: Duration::from_secs(10),
        fuel: None,
    };
    match PLUGIN.start(&[], budget).unwrap().filter(&batch) {
        Ok(verdict) => keeps_its_promises(&verdict, rows as usize, 1),
        Err(Failure::Nonsense(_) | Failure::Limit(_)) => {}
        Err(Failure::Plugin { row, message }) => {
            assert!(row.is_none_or(|row| row < rows));
            assert!(message.len() <= 4096 + '…'.len_utf8());
            assert!(!message.chars().any(char::is_control));
        }
        Err(other) => panic!("{other}"),
    }
}

fuzz_target!(|input: Input| {
    check(&input);
    lift(&input);
});
