//! `alog plugin push`: uploads a component and waits for the service's check.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use activity_log_core::plugins::{MAX_COMPONENT_BYTES, PluginId};
use anyhow::{Context as _, ensure};
use bytes::Bytes;
use clap::Args;
use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::found::{Found, PATH};
use super::spinner;
use crate::backoff::{ATTEMPTS, wait};
use crate::printable;
use crate::service::{Address, Call, Service, Transport, link, or_interrupted};

/// Up to here a component is the request's body. A Lambda function's request has 6 MB at most, and API Gateway puts
/// bytes into it as base64.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;
/// The first wait between two looks; each is half as long again.
const FIRST_LOOK: Duration = Duration::from_millis(300);
/// The longest.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// What to upload.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Arguments {
    /// The component, as `alog plugin build` made it
    #[arg(value_name = "FILTER.wasm")]
    file: PathBuf,
    /// Wait until it is checked [this is the default]
    #[arg(long, conflicts_with = "no_wait")]
    wait: bool,
    /// Print the id and leave the service to it
    #[arg(long)]
    no_wait: bool,
    /// Print what the service says, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    address: Address,
}

const EXAMPLE: &str = "\
Prints NAME@VERSION and the id. The exit status is 1 if the service refuses the filter; why is then told.
A version is never replaced: raise it in the manifest to upload a changed filter.";

#[derive(Deserialize)]
struct Announced {
    id: PluginId,
    upload: Upload,
}

#[derive(Deserialize)]
struct Upload {
    url: String,
    method: String,
}

#[derive(Deserialize)]
struct Made {
    id: PluginId,
}

impl Arguments {
    /// Uploads it and waits.
    pub async fn run(&self) -> anyhow::Result<ExitCode> {
        let component = read(&self.file)?;
        let service = self.address.service().await?;
        let id = upload(&service, component).await?;
        if self.no_wait {
            println!("{id}");
            return Ok(ExitCode::SUCCESS);
        }
        let how_to_go_on = format!("It is being checked: alog plugin show {id}");
        let spinner = spinner("the service checks it");
        let checked = or_interrupted(until_checked(&service, id), &how_to_go_on).await;
        spinner.finish_and_clear();
        let (plugin, told) = match checked {
            Ok(checked) => checked.context(how_to_go_on)?,
            Err(code) => return Ok(code),
        };
        if self.json {
            println!("{}", printable::json(&told));
        } else if plugin.is_ready() {
            println!("{} {id}", printable::escape(&plugin.name()));
        }
        if plugin.is_ready() {
            return Ok(ExitCode::SUCCESS);
        }
        let why = match &plugin.error {
            Some(error) => format!("{}: {}", error.code, error.message),
            None => format!("the plugin is {}", plugin.state),
        };
        eprintln!("error: {}", printable::escape(&why));
        Ok(ExitCode::FAILURE)
    }
}

/// The component. Whether it is one is for the check to say.
pub fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = || path.display().to_string();
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(name)?;
    let mut file = file.take(MAX_COMPONENT_BYTES + 1);
    file.read_to_end(&mut bytes).with_context(name)?;
    ensure!(
        bytes.len() as u64 <= MAX_COMPONENT_BYTES,
        "{} is larger than a component may be, {} MiB",
        name(),
        MAX_COMPONENT_BYTES >> 20
    );
    Ok(bytes)
}

async fn upload(service: &Service, component: Vec<u8>) -> anyhow::Result<PluginId> {
    let component = Bytes::from(component);
    if component.len() <= MAX_BODY_BYTES {
        let make = Call::make(PATH, "application/wasm", component);
        let Made { id } = service.ask(&make).await?;
        return Ok(id);
    }
    let announced = Call::make_json(PATH, &json!({ "sizeBytes": component.len() }));
    let Announced { id, upload } = service.ask(&announced).await?;
    let method = Method::from_bytes(upload.method.as_bytes()).context("the upload's method")?;
    put(&method, &upload.url, component).await?;
    service
        .call(&Call::nudge(format!("{PATH}/{id}/check")))
        .await?;
    Ok(id)
}

async fn put(method: &Method, url: &str, component: Bytes) -> anyhow::Result<()> {
    let mut attempt = 0;
    loop {
        let Err(error) = link::put(method, url, component.clone()).await else {
            return Ok(());
        };
        attempt += 1;
        if attempt == ATTEMPTS || !error.is_worth_another() {
            return Err(anyhow::Error::new(error).context("the upload failed"));
        }
        tokio::time::sleep(wait(attempt)).await;
    }
}

async fn until_checked<T: Transport>(
    service: &Service<T>,
    id: PluginId,
) -> anyhow::Result<(Found, serde_json::Value)> {
    let mut pause = FIRST_LOOK;
    loop {
        let told = service.call(&Call::get(format!("{PATH}/{id}"))).await?;
        let plugin = Found::read(&told)?;
        if plugin.is_checked() {
            return Ok((plugin, told));
        }
        tokio::time::sleep(pause).await;
        pause = (pause + pause / 2).min(LONGEST_LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::tests::told;
    use super::*;
    use crate::service::tests::{answer, scripted};

    #[tokio::test(start_paused = true)]
    async fn it_waits_for_the_check() {
        let of = |state: &str| Ok(answer(200, told(1, state, "a", "1.0.0").to_string()));
        let service = scripted(vec![
            of("checking"),
            Ok(answer(503, "")),
            of("checking"),
            of("ready"),
        ]);
        let id = "01939c1e-7b5a-7000-8000-000000000001".parse().unwrap();
        let (plugin, _) = until_checked(&service, id).await.unwrap();
        assert_eq!(plugin.name(), "a@1.0.0");
        assert_eq!(service.asked(), vec![format!("GET /v1/plugins/{id}"); 4]);
    }

    #[test]
    fn what_is_too_large_is_not_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.wasm");
        File::create(&path)
            .unwrap()
            .set_len(MAX_COMPONENT_BYTES)
            .unwrap();
        assert_eq!(read(&path).unwrap().len() as u64, MAX_COMPONENT_BYTES);
        File::create(&path)
            .unwrap()
            .set_len(MAX_COMPONENT_BYTES + 1)
            .unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(
            error.ends_with("is larger than a component may be, 32 MiB"),
            "{error}"
        );
        assert!(read(folder.path()).is_err());
    }
}
