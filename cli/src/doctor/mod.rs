//! `alog doctor`: what keeps this machine from asking the service, and the command that mends it.

mod answer;
mod check;
mod clock;
mod environment;

use std::process::ExitCode;

use activity_log_core::instant::Instant;
use clap::Args;
use http::Method;
use http::header::{ACCEPT, CONTENT_TYPE};

use crate::service::Address;
use crate::signed::{Answer, Origin, SignedHttp};
use check::Check;

/// What is asked without a key: what the service can do.
const DESCRIPTION: &str = "/v1/openapi.json";
/// What is asked with one: the newest event.
const LOOKUP: &str = "/v1/events/lookup";
const JSON: &str = "application/json";

/// Where to look.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Arguments {
    #[command(flatten)]
    address: Address,
}

const EXAMPLE: &str = "\
Checks the address, the versions, the clock, the access key, what its user may do and the subscription, in this
order; says of each what is wrong and what mends it. The exit status is 1 if anything is wrong.";

impl Arguments {
    /// Checks and prints.
    pub async fn run(&self, now: Instant) -> ExitCode {
        let mut is_well = true;
        let mut tell = |check: Check| {
            is_well &= check.is_well();
            print!("{check}");
        };
        let environment = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        match self.address.origin() {
            Err(error) => tell(Check::wrong(
                "address",
                error.to_string(),
                ". localstack/env",
            )),
            Ok(origin) => {
                tell(Check::well("address", origin.as_str()));
                tell(environment::cli(environment, origin.as_str()));
                for check in service(&origin, now).await {
                    tell(check);
                }
            }
        }
        if is_well {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// What the service itself tells.
async fn service(origin: &Origin, now: Instant) -> Vec<Check> {
    let (answer, date) = match origin.get(DESCRIPTION).await {
        Ok(answered) => answered,
        Err(error) => {
            let why = activity_log_core::causes::chain(&error);
            return vec![Check::wrong(
                "service",
                format!("{} does not answer: {why}", origin.as_str()),
                "is ACTIVITY_LOG_URL right? The local stack is brought up by localstack/up",
            )];
        }
    };
    let mut checks = answer::description(&answer);
    if checks.iter().all(Check::is_well) {
        checks.push(clock::check(date.as_deref(), now));
        checks.extend(access(origin).await);
    }
    checks
}

async fn access(origin: &Origin) -> Vec<Check> {
    let transport = match SignedHttp::from_env(origin).await {
        Ok(transport) => transport,
        Err(error) => {
            let mend = "alog key create --account ACCOUNT --user USER, and export what it prints";
            return vec![Check::wrong("access key", error.to_string(), mend)];
        }
    };
    match newest(&transport).await {
        Ok(answer) => answer::access(&answer, &transport),
        Err(error) => {
            let why = activity_log_core::causes::chain(&error);
            vec![Check::wrong("access key", why, "try again")]
        }
    }
}

async fn newest(transport: &SignedHttp) -> Result<Answer, crate::signed::TransportError> {
    let headers = [(ACCEPT, JSON), (CONTENT_TYPE, JSON)];
    let body = bytes::Bytes::from_static(b"{\"limit\":1}");
    transport.send(&Method::POST, LOOKUP, &headers, &body).await
}
