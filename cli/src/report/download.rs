//! `alog report download`: to a temporary file beside the target, which appears only when it is whole.

use std::convert::Infallible;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use activity_log_core::reports::ReportId;
use anyhow::{Context as _, bail, ensure};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::{named, path};
use crate::backoff::{ATTEMPTS, wait};
use crate::printable;
use crate::service::link::{self, Opened};
use crate::service::{Address, Call, Service, or_interrupted};

/// What to save, and where.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The report
    id: ReportId,
    /// The file, or a folder for it; - is standard output [default: here, by the name the service gives it]
    #[arg(
        long,
        value_name = "FILE",
        default_value = ".",
        hide_default_value = true
    )]
    output: Target,
    /// Overwrite the file
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    address: Address,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `-`
    StandardOutput,
    /// a file, or a folder that is there
    Path(PathBuf),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Link {
    url: String,
    file_name: String,
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::StandardOutput,
            path => Self::Path(path.into()),
        })
    }
}

impl Target {
    /// Whether something can be saved there.
    pub fn check(&self, force: bool) -> anyhow::Result<()> {
        let Self::Path(path) = self else {
            return Ok(());
        };
        if path.is_dir() {
            return Ok(());
        }
        ensure!(
            force || !path.exists(),
            "{} is there already; --force overwrites it",
            path.display()
        );
        let folder = folder_of(path);
        ensure!(folder.is_dir(), "there is no folder {}", folder.display());
        Ok(())
    }
}

impl Arguments {
    /// Saves it; prints where it is.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        self.output.check(self.force)?;
        let service = self.address.service().await?;
        let saving = save(&service, self.id, &self.output, self.force);
        let how_to_go_on = "Nothing was saved.";
        match or_interrupted(saving, how_to_go_on).await {
            Ok(saved) => {
                if let Some(path) = saved? {
                    println!("{}", printable::escape(&path.display().to_string()));
                }
                Ok(ExitCode::SUCCESS)
            }
            Err(code) => Ok(code),
        }
    }
}

/// Saves a report that is ready; gives the file, if it is one.
pub async fn save(
    service: &Service,
    id: ReportId,
    target: &Target,
    force: bool,
) -> anyhow::Result<Option<PathBuf>> {
    let link = ask(service, id).await?;
    let Target::Path(target) = target else {
        let mut out = io::stdout();
        fetch(service, id, link, &mut out).await?;
        out.flush().context("standard output")?;
        return Ok(None);
    };
    let target = if target.is_dir() {
        let folder = target.strip_prefix(".").unwrap_or(target);
        folder.join(safe_name(&link.file_name)?)
    } else {
        target.clone()
    };
    Target::Path(target.clone()).check(force)?;
    let folder = folder_of(&target);
    let file = NamedTempFile::with_prefix_in(".alog-", folder);
    let mut file = file.with_context(|| format!("cannot write in {}", folder.display()))?;
    fetch(service, id, link, &mut file).await?;
    let kept = if force {
        file.persist(&target)
    } else {
        // Another that appeared meanwhile stays too.
        file.persist_noclobber(&target)
    };
    kept.map_err(|error| error.error)
        .with_context(|| format!("cannot write {}", target.display()))?;
    Ok(Some(target))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A name from elsewhere says nothing about folders, and hides nothing.
fn safe_name(name: &str) -> anyhow::Result<&str> {
    let is_safe = !name.is_empty()
        && !name.starts_with('.')
        && !name.contains(['/', '\\', ':'])
        && !name.chars().any(char::is_control);
    if is_safe {
        Ok(name)
    } else {
        bail!(
            "the service names the file {name:?}, which is no name for a file: give one with --output"
        )
    }
}

async fn ask(service: &Service, id: ReportId) -> anyhow::Result<Link> {
    let call = Call::get(format!("{}/download", path(id)));
    service.ask(&call).await.map_err(|error| named(id, error))
}

/// Writes the whole file. What breaks off goes on where it broke off, with a new link.
async fn fetch(
    service: &Service,
    id: ReportId,
    mut link: Link,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let bar = bar();
    let (mut written, mut failures) = (0, 0);
    loop {
        let before = written;
        let error = match link::open(&link.url, written).await {
            Ok(opened) => match copy(opened, &mut written, out, &bar).await? {
                None => break,
                Some(broken) => anyhow::Error::new(broken).context("the download broke off"),
            },
            Err(error) => error.into(),
        };
        failures = if written > before { 1 } else { failures + 1 };
        if failures == ATTEMPTS {
            return Err(error);
        }
        tokio::time::sleep(wait(failures)).await;
        link = ask(service, id).await?;
    }
    bar.finish_and_clear();
    Ok(())
}

type Broken = aws_smithy_types::byte_stream::error::Error;

/// Copies until the end, or until it breaks off. An error of the writer's is final.
async fn copy(
    mut opened: Opened,
    written: &mut u64,
    out: &mut impl Write,
    bar: &ProgressBar,
) -> anyhow::Result<Option<Broken>> {
    if let Some(length) = opened.length {
        bar.set_length(opened.from + length);
    }
    let mut at = opened.from;
    loop {
        let bytes = match opened.body.try_next().await {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(None),
            Err(broken) => return Ok(Some(broken)),
        };
        // Storage that knows no ranges begins again: what is there already is passed over.
        let known = usize::try_from(written.saturating_sub(at)).unwrap_or(usize::MAX);
        let new = bytes.get(known..).unwrap_or_default();
        out.write_all(new).context("cannot write the report")?;
        at += bytes.len() as u64;
        *written += new.len() as u64;
        bar.set_position(*written);
    }
}

/// On standard error, and nowhere if that is not a terminal.
fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    bar.enable_steady_tick(Duration::from_millis(200));
    let template = "{bar:30} {binary_bytes}/{binary_total_bytes}, {binary_bytes_per_sec}";
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_elsewhere_stays_in_its_folder() {
        let good = "activity-log_111122223333_20261120T181500Z.csv";
        assert_eq!(safe_name(good).unwrap(), good);
        for bad in [
            "", ".", "..", "../x", "/etc/x", "a/b", "a\\b", "c:x", ".hidden", "a\nb",
        ] {
            assert!(safe_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x.csv");
        let target = Target::Path(file.clone());
        target.check(false).unwrap();
        std::fs::write(&file, "mine").unwrap();
        let error = target.check(false).unwrap_err().to_string();
        assert!(
            error.ends_with("x.csv is there already; --force overwrites it"),
            "{error}"
        );
        target.check(true).unwrap();
        let nowhere = Target::Path(folder.path().join("none/x.csv"));
        assert!(
            nowhere
                .check(true)
                .unwrap_err()
                .to_string()
                .starts_with("there is no folder ")
        );
    }

    #[tokio::test]
    async fn what_is_known_is_passed_over() {
        let opened = |from: u64, bytes: &'static str| Opened {
            from,
            length: Some(bytes.len() as u64),
            body: aws_smithy_types::byte_stream::ByteStream::from_static(bytes.as_bytes()),
        };
        for (from, bytes) in [(3, "defg"), (0, "abcdefg")] {
            let (mut out, mut written) = (b"abc".to_vec(), 3);
            let bar = ProgressBar::hidden();
            let broken = copy(opened(from, bytes), &mut written, &mut out, &bar)
                .await
                .unwrap();
            assert!(broken.is_none());
            assert_eq!((out.as_slice(), written), (&b"abcdefg"[..], 7));
        }
    }
}
