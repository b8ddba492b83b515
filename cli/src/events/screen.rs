//! Where lines go: standard output, or a pager in front of it where there is more than a screen can show.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Child, Command, Stdio};

/// What shows pages, if the environment does not say.
const PAGER: &str = "less";
/// For `less`: leave if all fits, keep colours, do not clear the screen.
const LESS: &str = "FRX";

/// The terminal.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// characters in a line
    pub width: usize,
    /// lines
    pub height: usize,
}

/// The screen that standard output is, if it is one.
pub fn screen() -> Option<Screen> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let (height, width) = console::Term::stdout().size();
    Some(Screen {
        width: usize::from(width),
        height: usize::from(height),
    })
}

/// Prints the lines; through a pager if it may and they are more than the screen has. Whether anybody still reads: that
/// `head` has enough is no error.
pub fn print(lines: &[String], may_page: bool) -> io::Result<bool> {
    let is_long = screen().is_some_and(|screen| lines.len() >= screen.height);
    let pager = if may_page && is_long { pager() } else { None };
    let printed = match pager {
        Some(mut pager) => {
            let printed = write(pager.stdin.take().as_mut(), lines);
            pager.wait()?;
            printed
        }
        None => write(Some(&mut io::stdout().lock()), lines),
    };
    match printed {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        printed => printed.map(|()| true),
    }
}

fn write(out: Option<&mut impl io::Write>, lines: &[String]) -> io::Result<()> {
    let Some(out) = out else { return Ok(()) };
    let mut out = io::BufWriter::new(out);
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// What `PAGER` says, `less` if it says nothing; none where it is empty or `cat`, or cannot be started.
fn pager() -> Option<Child> {
    let named = std::env::var("PAGER").unwrap_or_else(|_| PAGER.to_owned());
    let mut words = named.split_whitespace();
    let program = words.next().filter(|program| *program != "cat")?;
    let mut pager = Command::new(program);
    pager.args(words).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        pager.env("LESS", LESS);
    }
    pager.spawn().ok()
}
