//! `alog trail verify`: from the bucket alone, with the caller's credentials.

use std::convert::Infallible;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use activity_log_core::account::AccountId;
use activity_log_core::instant::Instant;
use activity_log_core::trail::keys::Location;
use activity_log_core::trail::name::TrailName;
use activity_log_digest::public_key::PublicKeys;
use activity_log_digest::verify::bucket::Buckets;
use activity_log_digest::verify::{MAX_KEYS, Request, verify};
use anyhow::{Context as _, ensure};
use clap::Args;

use super::bucket::S3;
use super::public_keys;
use super::report::Style;
use crate::one_line;
use crate::signed::Origin;

/// Exit status when something is missing or changed.
const NOT_VALID: u8 = 1;
/// Exit status when that could not be found out.
const NOT_VERIFIED: u8 = 2;

/// What to verify.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Arguments {
    /// The trail's bucket
    #[arg(long)]
    bucket: String,
    /// The trail's account
    #[arg(long, value_name = "ID")]
    account: AccountId,
    /// The trail's name
    #[arg(long, value_name = "NAME")]
    trail: TrailName,
    /// The trail's key prefix
    #[arg(long, value_parser = parse_prefix)]
    prefix: Option<String>,
    /// The service's region [default: that of the AWS configuration]
    #[arg(long)]
    region: Option<String>,
    /// Verify what was delivered after this [default: everything]
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    start_time: Option<Instant>,
    /// Verify what was delivered before this [default: now]
    #[arg(long, value_name = "RFC3339", value_parser = parse_time)]
    end_time: Option<Instant>,
    /// Public keys, as `aws cloudtrail list-public-keys` printed them [default: ask the service]
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Origin of the API, to ask for public keys: scheme and host
    #[arg(
        long,
        value_name = "ORIGIN",
        env = "ACTIVITY_LOG_URL",
        hide_env_values = true,
        required_unless_present = "keys"
    )]
    url: Option<Origin>,
    /// Print a JSON object a line
    #[arg(long)]
    json: bool,
}

const EXAMPLE: &str = "\
Reads the bucket with the credentials that the AWS CLI would use (environment, profile), and
AWS_ENDPOINT_URL_S3 if it is set; without --keys it asks the service for its public keys with the same.
With keys that were saved before, the service is not needed:

  aws cloudtrail list-public-keys > keys.json                                # with a user's access key
  alog trail verify --bucket B --account ID --trail NAME --keys keys.json    # with credentials for S3

Every digest, archive and event is checked: signatures, hashes, chains, counts, and that no event is
archived twice. Each finding is a line (problem, warning or note), then come the totals. Memory grows by
some 30 bytes an event; verify a long time in pieces. Digests must go on until the end time, or their
chain must end: give --end-time where the trail was deleted, or moved to another bucket.

The exit status is 0 if all is valid, 1 if something is missing, changed or cannot be read, 2 if nothing
could be found out.";

/// Verifies, and prints what is found.
pub async fn run(arguments: &Arguments, now: Instant) -> ExitCode {
    match try_run(arguments, now).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(NOT_VALID),
        Err(error) => {
            eprintln!("error: {}", one_line(&error));
            ExitCode::from(NOT_VERIFIED)
        }
    }
}

async fn try_run(arguments: &Arguments, now: Instant) -> anyhow::Result<bool> {
    let end = arguments.end_time.map_or(now, |end| end.min(now));
    ensure!(
        arguments.start_time.is_none_or(|start| start < end),
        "the start time must be before the end time"
    );
    let keys = match (&arguments.keys, &arguments.url) {
        (Some(file), _) => public_keys::from_file(file)?,
        (None, Some(origin)) => public_keys::from_service(origin).await?,
        (None, None) => PublicKeys::default(),
    };
    let config = activity_log_aws::from_env().await;
    let region = match &arguments.region {
        Some(region) => region.clone(),
        None => config?
            .region()
            .map(ToString::to_string)
            .unwrap_or_default(),
    };
    let request = Request {
        bucket: &arguments.bucket,
        location: Location {
            prefix: arguments.prefix.as_deref(),
            account: arguments.account,
            region: &region,
        },
        trail: &arguments.trail,
        start: arguments.start_time,
        end,
        max_keys: MAX_KEYS,
    };
    let style = if arguments.json {
        Style::Json
    } else {
        Style::Text
    };
    let out = std::io::stdout();
    print(&S3::from_env().await?, &request, &keys, style, out).await
}

/// Verifies; says whether all is valid.
async fn print<B: Buckets>(
    buckets: &B,
    request: &Request<'_>,
    keys: &PublicKeys,
    style: Style,
    mut out: impl Write,
) -> anyhow::Result<bool> {
    let mut printed = Ok(());
    let report = verify(buckets, request, keys, |finding| {
        if printed.is_ok() {
            printed = style.finding(&finding, &mut out);
        }
    });
    let report = report.await?;
    printed
        .and_then(|()| style.summary(&report, &mut out))
        .context("standard output")?;
    Ok(report.is_valid())
}

/// Without the slash that completions and consoles leave at its end.
#[expect(clippy::unnecessary_wraps, reason = "clap's parsers give results")]
fn parse_prefix(text: &str) -> Result<String, Infallible> {
    Ok(text.trim_end_matches('/').to_owned())
}

fn parse_time(text: &str) -> Result<Instant, &'static str> {
    Instant::parse(text).ok_or("a time is RFC 3339, such as 2026-11-20T12:00:00Z")
}
