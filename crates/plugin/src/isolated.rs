//! Compiling in a process of its own, with a limit of time and memory.
//!
//! A compiler cannot be interrupted, and what it allocates is nobody's to count: a hostile component makes it use
//! hours and all memory. So this program starts itself once more, as a child that does nothing but compile: it limits
//! its own address space and processor time, has an empty environment (no credentials), reads the component from its
//! standard input, writes the compiled form to its standard output, and is killed when its time is over.
//!
//! For that, `main` calls [`serve_if_asked`] before anything else.

use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use sha2::{Digest, Sha256};

use crate::compile::{check_size, compile_inspected};
use crate::compiled::Compiled;
use crate::inspect::inspect;
use crate::limits::Limits;
use crate::refusal::Refusal;

/// The child's first argument. An argument and not a variable: a program that does not call [`serve_if_asked`] shows
/// by it that it does not know it, and does not start children of its own.
const ASKED: &str = "activity-log-plugin-compile";
/// The child's exit status when it does not understand its arguments or input.
const CONFUSED: i32 = 2;
/// The child's exit status when the compiler refuses the component; why is on its standard error.
const REFUSED: i32 = 3;
/// What is read of the child's standard error.
const MESSAGE_BYTES: u64 = 4 * 1024;
/// How texts tell that there was no memory: Rust's allocator as it aborts, wasmtime, and the operating system.
const NO_MEMORY: [&str; 3] = [
    "memory allocation of",
    "out of memory",
    "Cannot allocate memory",
];

/// In the child, compiles and exits; in every other process, returns at once. To be called first thing in `main`,
/// before any thread is started.
pub fn serve_if_asked() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(ASKED) {
        return;
    }
    let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok());
    let status = match (number(), number()) {
        (Some(memory_bytes), Some(seconds)) => serve(memory_bytes, seconds),
        _ => CONFUSED,
    };
    std::process::exit(status);
}

/// The child's work: its exit status.
fn serve(memory_bytes: u64, seconds: u64) -> i32 {
    let component = match prepare(memory_bytes, seconds) {
        Ok(component) => component,
        Err(error) => {
            eprintln!("{error}");
            return CONFUSED;
        }
    };
    // The parent has inspected it.
    match compile_inspected(&component, &Sha256::digest(&component).into()) {
        Ok(compiled) => match io::stdout().write_all(compiled.bytes()) {
            Ok(()) => 0,
            Err(_) => CONFUSED,
        },
        Err(Refusal::Compiler { source }) => {
            eprintln!("{source}");
            REFUSED
        }
        Err(refusal) => {
            eprintln!("{refusal}");
            CONFUSED
        }
    }
}

/// Limits this process, then reads the component.
fn prepare(memory_bytes: u64, seconds: u64) -> io::Result<Vec<u8>> {
    limit(Resource::As, memory_bytes)?;
    limit(Resource::Cpu, seconds)?;
    // One that dies is no crash to be looked at.
    limit(Resource::Core, 0)?;
    let mut component = vec![];
    io::stdin().read_to_end(&mut component)?;
    Ok(component)
}

/// Sets a limit; one that this process already has, and that is lower, stays.
fn limit(resource: Resource, max: u64) -> io::Result<()> {
    let max = getrlimit(resource)
        .maximum
        .map_or(max, |lower| lower.min(max));
    let limit = Rlimit {
        current: Some(max),
        maximum: Some(max),
    };
    Ok(setrlimit(resource, limit)?)
}

/// Inspects a component here and compiles it in a child of this program.
pub fn compile(component: &[u8], limits: &Limits) -> Result<Compiled, Refusal> {
    let program = std::env::current_exe().map_err(|source| Refusal::CompilerMissing { source })?;
    compile_with(&program, component, limits)
}

/// As [`compile`], in a child of another program that calls [`serve_if_asked`].
pub fn compile_with(
    program: &Path,
    component: &[u8],
    limits: &Limits,
) -> Result<Compiled, Refusal> {
    let inspected = inspect(component, limits)?;
    let mut child =
        Compiler::start(program, limits).map_err(|source| Refusal::CompilerMissing { source })?;
    let Ended {
        form,
        message,
        status,
    } = child.run(component, limits)?;
    if !status.success() {
        return Err(refusal(status, message, limits));
    }
    if form.len() > limits.compiled_bytes {
        let (bytes, max) = (form.len(), limits.compiled_bytes);
        return Err(Refusal::CompiledSize { bytes, max });
    }
    match Compiled::read(form) {
        Ok(compiled) if compiled.component_digest() == inspected.digest => {
            check_size(&compiled, limits)?;
            Ok(compiled)
        }
        // A program that does not call `serve_if_asked`.
        _ => Err(Refusal::CompilerDied {
            status,
            message: "it gave no compiled form".to_owned(),
        }),
    }
}

/// The child. It does not outlive this.
struct Compiler {
    child: Child,
    pipes: Option<(ChildStdin, ChildStdout, ChildStderr)>,
}

/// What is left of a child.
struct Ended {
    form: Vec<u8>,
    message: String,
    status: ExitStatus,
}

impl Compiler {
    fn start(program: &Path, limits: &Limits) -> io::Result<Self> {
        // Rounded up: the child's is the processor time, and ours the one that is kept exactly.
        let seconds = limits.compile_time.as_secs() + 1;
        let mut child = Command::new(program)
            .args([
                ASKED,
                &limits.compile_memory_bytes.to_string(),
                &seconds.to_string(),
            ])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let pipes = child
            .stdin
            .take()
            .zip(child.stdout.take())
            .zip(child.stderr.take());
        let pipes = pipes.map(|((stdin, stdout), stderr)| (stdin, stdout, stderr));
        Ok(Self { child, pipes })
    }

    /// Feeds it, and reads both of its outputs until their ends, or until its time is over.
    fn run(&mut self, component: &[u8], limits: &Limits) -> Result<Ended, Refusal> {
        let Some((mut stdin, stdout, stderr)) = self.pipes.take() else {
            return Err(Refusal::CompilerMissing {
                source: io::Error::other("no pipes"),
            });
        };
        let most = limits.compiled_bytes as u64 + 1;
        let (form, message) = thread::scope(|scope| {
            let (done, form) = mpsc::channel();
            // One that dies early does not read all: how it died says more than this error.
            scope.spawn(move || stdin.write_all(component));
            scope.spawn(move || done.send(read(stdout, most)));
            let message = scope.spawn(move || read(stderr, MESSAGE_BYTES));
            let form = form.recv_timeout(limits.compile_time);
            if !matches!(&form, Ok(Ok(form)) if (form.len() as u64) < most) {
                // Too slow, or endless: with it, the pipes end and with them the threads.
                self.stop();
            }
            (form, message.join())
        });
        let status = self
            .child
            .wait()
            .map_err(|source| Refusal::CompilerMissing { source })?;
        let form = match form {
            Ok(Ok(form)) => form,
            Ok(Err(source)) => return Err(Refusal::CompilerMissing { source }),
            Err(_) => return Err(Refusal::CompileTime(limits.compile_time)),
        };
        if form.len() as u64 == most {
            return Err(Refusal::CompiledSize {
                bytes: form.len(),
                max: limits.compiled_bytes,
            });
        }
        let message = message.ok().and_then(Result::ok).unwrap_or_default();
        Ok(Ended {
            form,
            message: String::from_utf8_lossy(&message).trim_end().to_owned(),
            status,
        })
    }

    fn stop(&mut self) {
        // It may have ended by itself meanwhile.
        let _ = self.child.kill();
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        self.stop();
        let _ = self.child.wait();
    }
}

fn read(pipe: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = vec![];
    let mut pipe = pipe.take(most);
    pipe.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Each way to die, named.
fn refusal(status: ExitStatus, message: String, limits: &Limits) -> Refusal {
    let memory = Refusal::CompileMemory(limits.compile_memory_bytes);
    if NO_MEMORY.iter().any(|text| message.contains(text)) {
        return memory;
    }
    match status.signal().and_then(Signal::from_named_raw) {
        Some(Signal::XCPU) => Refusal::CompileTime(limits.compile_time),
        // Not by us: the machine had no more.
        Some(Signal::KILL) => memory,
        _ if status.code() == Some(REFUSED) => Refusal::Compiler {
            source: message.into(),
        },
        _ => Refusal::CompilerDied { status, message },
    }
}
