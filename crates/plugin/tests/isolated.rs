//! Compiling in a child process, and each way it can end. A test binary with its own `main`, because the child is
//! this very binary.

mod guest;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use activity_log_plugin::{Limits, Refusal, compile, isolated};
use guest::{Guest, with_module};

type Test = (&'static str, fn());

const TESTS: [Test; 7] = [
    (
        "gives_the_form_that_compiling_here_gives",
        gives_the_form_that_compiling_here_gives,
    ),
    (
        "refuses_before_a_child_is_started",
        refuses_before_a_child_is_started,
    ),
    ("names_the_time", names_the_time),
    ("names_the_memory", names_the_memory),
    (
        "names_the_size_of_what_comes_out",
        names_the_size_of_what_comes_out,
    ),
    (
        "tells_a_program_that_does_not_serve",
        tells_a_program_that_does_not_serve,
    ),
    ("the_child_has_no_environment", the_child_has_no_environment),
];

/// As much of the usual test runner as cargo and people use: names to choose tests by, and `--list`.
fn main() {
    isolated::serve_if_asked();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let list = arguments.iter().any(|argument| argument == "--list");
    let chosen: Vec<_> = arguments
        .iter()
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    for (name, test) in TESTS {
        if !chosen.is_empty() && !chosen.iter().any(|part| name.contains(part.as_str())) {
            continue;
        }
        if list {
            println!("{name}: test");
        } else {
            test();
            println!("test {name} ... ok");
        }
    }
}

fn refusal(component: &[u8], limits: &Limits) -> Refusal {
    isolated::compile(component, limits)
        .map(|_| ())
        .unwrap_err()
}

/// A component of so many functions that are within the caps and slow to compile: long chains of blocks, each with
/// all locals alive.
fn bomb(functions: u32, blocks: u32) -> Vec<u8> {
    let mut module = String::from("(module");
    for function in 0..functions {
        let locals = "i64 ".repeat(900);
        write!(
            module,
            "(func (export \"f{function}\") (param i64) (result i64) (local {locals})"
        )
        .unwrap();
        for block in 0..blocks {
            let (a, b) = (1 + block % 900, 1 + (block * 7 + 3) % 900);
            write!(
                module,
                "(block (br_if 0 (i64.eqz (local.get {a}))) \
                 (local.set {b} (i64.add (local.get {a}) (local.get {b}))))"
            )
            .unwrap();
        }
        module.push_str("(local.get 1))");
    }
    module.push(')');
    with_module(&Guest::default().component(), 1, &module, 1)
}

fn gives_the_form_that_compiling_here_gives() {
    let component = Guest::default().component();
    let limits = Limits::default();
    let compiled = isolated::compile(&component, &limits).unwrap();
    assert_eq!(compiled, compile(&component, &limits).unwrap());
}

fn refuses_before_a_child_is_started() {
    let nobody = Path::new("/nonexistent");
    let refusal = isolated::compile_with(nobody, b"nothing", &Limits::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::NotWasm));
    let component = Guest::default().component();
    let refusal = isolated::compile_with(nobody, &component, &Limits::default()).unwrap_err();
    assert!(matches!(refusal, Refusal::CompilerMissing { .. }) && !refusal.is_authors());
}

fn names_the_time() {
    let limits = Limits {
        compile_time: Duration::from_millis(100),
        ..Limits::default()
    };
    let refusal = refusal(&bomb(1, 20_000), &limits);
    assert_eq!(
        refusal.to_string(),
        "compile time: the component took longer than 100 ms to compile; make its functions smaller"
    );
}

fn names_the_memory() {
    let limits = Limits {
        compile_memory_bytes: 100 << 20,
        ..Limits::default()
    };
    isolated::compile(&Guest::default().component(), &limits).unwrap();
    let refusal = refusal(&bomb(1, 20_000), &limits);
    assert_eq!(
        refusal.to_string(),
        "compile memory: the component took more than 100 MiB of memory to compile; make its functions smaller"
    );
}

fn names_the_size_of_what_comes_out() {
    let limits = Limits {
        compiled_bytes: 1000,
        ..Limits::default()
    };
    let component = Guest::default().component();
    let refused = refusal(&component, &limits).to_string();
    assert!(refused.starts_with("compiled size: "), "{refused}");
    let here = compile(&component, &limits).unwrap_err().to_string();
    assert!(here.starts_with("compiled size: "), "{here}");
}

fn tells_a_program_that_does_not_serve() {
    let component = Guest::default().component();
    let silent =
        isolated::compile_with(Path::new("/bin/true"), &component, &Limits::default()).unwrap_err();
    assert!(matches!(&silent, Refusal::CompilerDied { .. }), "{silent}");
    let failing = isolated::compile_with(Path::new("/bin/false"), &component, &Limits::default())
        .unwrap_err();
    assert!(
        matches!(&failing, Refusal::CompilerDied { .. }),
        "{failing}"
    );
}

/// `env` as the compiler prints its environment where a form is expected: any would be some bytes.
fn the_child_has_no_environment() {
    let program = tempfile();
    std::fs::write(
        &program,
        "#!/bin/sh\n/usr/bin/env | /bin/grep -v -E '^(PWD|SHLVL|_|OLDPWD)=' >&2\nexit 9\n",
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&program, mode).unwrap();
    let refusal =
        isolated::compile_with(&program, &Guest::default().component(), &Limits::default())
            .unwrap_err();
    std::fs::remove_file(&program).unwrap();
    match refusal {
        Refusal::CompilerDied { status, message } => {
            assert_eq!((status.code(), message.as_str()), (Some(9), ""));
        }
        other => panic!("{other}"),
    }
}

fn tempfile() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("activity-log-plugin-test-{}", std::process::id()))
}
