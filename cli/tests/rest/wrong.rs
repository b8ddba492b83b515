//! What people get wrong, and what they are told: `wrong.txt` is a table of both, made by the program itself.
//!
//! `WRONG=write cargo test -p alog --test rest wrong` writes the answers of today into it; look at each before you commit.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::service::{Service, Told};

/// Inputs, at least.
const INPUTS: usize = 40;
/// Sets a variable for one command: `NAME= alog …`, as a shell has it.
const SETS: [&str; 3] = [
    "ACTIVITY_LOG_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
];

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rest/wrong.txt")
}

/// A line's words; what is in single quotes is one.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![];
    let mut word: Option<String> = None;
    let mut is_quoted = false;
    for char in line.chars() {
        match char {
            '\'' => {
                is_quoted = !is_quoted;
                word.get_or_insert_default();
            }
            ' ' if !is_quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(char),
        }
    }
    assert!(!is_quoted, "{line}");
    words.extend(word);
    words
}

fn told(service: &Service, folder: &Path, line: &str) -> Told {
    let words = words(line);
    let sets = words.iter().take_while(|word| word.contains('=')).count();
    assert_eq!(words[sets], "alog", "{line}");
    let arguments: Vec<&str> = words[sets + 1..].iter().map(String::as_str).collect();
    let mut command = service.command(folder, &arguments);
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    for set in &words[..sets] {
        let (name, value) = set.split_once('=').unwrap();
        assert!(SETS.contains(&name), "{line}");
        if value.is_empty() {
            command.env_remove(name);
        } else {
            command.env(name, value);
        }
    }
    Told::of(&command.output().unwrap())
}

/// Since when events are kept is of each run.
fn without_horizon(said: &str) -> String {
    const BEFORE: &str = "events from before ";
    let cut = said.split_once(BEFORE).and_then(|(start, rest)| {
        let (_, end) = rest.split_once(' ')?;
        Some(format!("{start}{BEFORE}TIME {end}"))
    });
    cut.unwrap_or_else(|| said.to_owned())
}

#[test]
fn each_wrong_input_has_its_answer() {
    let (service, folder) = (Service::start(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("odd.json"), "{").unwrap();
    let table = std::fs::read_to_string(file()).unwrap();
    let (head, _) = table.split_once("\n\n").unwrap();
    let mut made = format!("{head}\n");
    let lines: Vec<&str> = table
        .lines()
        .filter(|line| line.starts_with("$ "))
        .collect();
    assert!(lines.len() >= INPUTS, "{}", lines.len());
    for line in lines {
        let told = told(&service, folder.path(), line.trim_start_matches("$ "));
        assert_ne!(told.code, Some(0), "{line}: {told:?}");
        assert_eq!(told.stdout, "", "{line}");
        let said = without_horizon(&told.stderr).replace(service.origin(), "http://SERVICE");
        let said = said.trim_end().lines().map(str::trim_end);
        // What clap says besides is the same everywhere.
        let said: Vec<&str> = said
            .take_while(|line| {
                !line.starts_with("Usage:") && !line.starts_with("For more information")
            })
            .filter(|line| !line.is_empty())
            .collect();
        let code = told.code.unwrap();
        let _ = writeln!(made, "\n{line}\n{}\n[{code}]", said.join("\n"));
    }
    if std::env::var("WRONG").is_ok_and(|wish| wish == "write") {
        std::fs::write(file(), &made).unwrap();
    }
    assert_eq!(made, table);
}
