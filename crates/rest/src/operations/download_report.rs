//! `GET /v1/reports/{id}/download`: a link to the file, as a redirection or as JSON.

use activity_log_core::instant::{Instant, SECOND};
use activity_log_core::reports::{Report, State};
use http::header::{ACCEPT, HeaderMap, LOCATION, VARY};
use http::{Method, StatusCode};
use serde::Serialize;

use crate::error::{ApiError, Code};
use crate::operation::{Call, Nothing, Operation, REPORT};
use crate::ports::{DownloadLink, Files as _, Ports, link_end};
use crate::reply::Reply;
use crate::reports::find::find;
use crate::time::At;

/// How long a link is good at most.
const LINK_SECONDS: u32 = 15 * 60;

/// The operation.
pub struct DownloadReport;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output<'a> {
    url: &'a str,
    expires_at: At,
    file_name: &'a str,
}

impl<P: Ports> Operation<P> for DownloadReport {
    const NAME: &'static str = "DownloadReport";
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/v1/reports/{id}/download";
    const READ_ONLY: bool = true;
    const RESOURCE: Option<&'static str> = Some(REPORT);
    type Input = Nothing;

    fn parse(_: &Call<'_, P>) -> Result<Nothing, ApiError> {
        Ok(Nothing {})
    }

    async fn run(call: &Call<'_, P>, _: Nothing) -> Result<Reply, ApiError> {
        let report = find(call).await?;
        let seconds = seconds(&report, call.now)?;
        let (key, file_name) = (report.object_key(), report.file_name());
        let link = DownloadLink {
            key: &key,
            file_name: &file_name,
            content_type: report.request.format.content_type(),
            now: call.now,
            seconds,
        };
        let url = call.ports.files().download_link(link).await;
        let url = url.map_err(ApiError::unavailable)?;
        let reply = if wants_json(call.headers) {
            let output = Output {
                url: &url,
                expires_at: At(link_end(call.now, seconds)),
                file_name: &file_name,
            };
            Reply::json(StatusCode::OK, &output)?
        } else {
            Reply::empty(StatusCode::FOUND).header(LOCATION, &url)?
        };
        reply.header(VARY, "accept")
    }
}

/// How long a link to the file may be good: never beyond the report.
fn seconds(report: &Report, now: Instant) -> Result<u32, ApiError> {
    let state = report.state_at(now);
    let gone = || {
        ApiError::new(
            Code::REPORT_EXPIRED,
            "The report has expired, and its file is gone. Create it again",
        )
    };
    match &state {
        State::Ready { expires, .. } => {
            let left = (expires.millis() - now.millis()) / SECOND;
            let left = u32::try_from(left).unwrap_or(u32::MAX).min(LINK_SECONDS);
            // A link of no second is none.
            if left == 0 { Err(gone()) } else { Ok(left) }
        }
        State::Expired { .. } => Err(gone()),
        State::Queued | State::Generating => {
            Err(not_ready(&state, "Wait until its state is ready"))
        }
        State::Failed { .. } => Err(not_ready(
            &state,
            "Its error says why: see GET /v1/reports/ID",
        )),
        State::Cancelled { .. } => Err(not_ready(&state, "Create it again")),
    }
}

fn not_ready(state: &State, then: &str) -> ApiError {
    let message = format!("The report is {}, not ready. {then}", state.as_str());
    ApiError::new(Code::REPORT_NOT_READY, message)
}

/// Whether JSON is asked for by name: browsers and curl take anything, and are redirected.
fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| {
            let mut parts = range.split(';').map(str::trim);
            let is_json = parts
                .next()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
            is_json && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_asked_for_by_name() {
        for (accept, wanted) in [
            ("application/json", true),
            ("text/html, Application/JSON;q=0.5", true),
            ("application/json;q=0", false),
            ("*/*", false),
            ("text/html,application/xhtml+xml,*/*;q=0.8", false),
            ("application/jsonlines", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(wants_json(&headers), wanted, "{accept}");
        }
        assert!(!wants_json(&HeaderMap::new()));
    }
}
