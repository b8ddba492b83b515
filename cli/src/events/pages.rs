//! Page after page, until there are enough events or no more.

use anyhow::Context as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::found::{Event, Page};
use crate::service::{Call, Service, Transport};

/// Most events of a page: the service's own cap.
const MAX_PAGE: usize = 1_000;
const PATH: &str = "/v1/events/lookup";

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// newest first
    pub events: Vec<Event>,
    /// whether there may be more
    pub has_more: bool,
    /// back to when everything was looked at, if it was not all
    pub scanned_to: Option<String>,
    /// what the service says of the question, each once
    pub warnings: Vec<String>,
}

/// Reads until there are so many events, or all. `told` hears of each page: how many there are, and back to when.
pub async fn read<T: Transport>(
    service: &Service<T>,
    mut body: Map<String, Value>,
    most: usize,
    mut told: impl FnMut(&Found),
) -> anyhow::Result<Found> {
    let mut found = Found::default();
    loop {
        let limit = (most - found.events.len()).min(MAX_PAGE);
        body.insert("limit".to_owned(), limit.into());
        let asked = Value::Object(body.clone());
        let page: Page = service
            .ask(&Call::question(PATH, &asked))
            .await
            .map_err(|error| anyhow::Error::from(error).context("events could not be read"))?;
        found.events.extend(page.events);
        for warning in page.warnings {
            if !found.warnings.contains(&warning) {
                found.warnings.push(warning);
            }
        }
        found.scanned_to = page.scanned_to;
        found.has_more = page.next.is_some();
        told(&found);
        match page.next {
            Some(next) if found.events.len() < most => {
                let before = body.insert("next".to_owned(), next.into());
                // A token that comes again would be asked for ever.
                let is_new = before != body.get("next").cloned();
                is_new.then_some(()).context("the service repeats a page")?;
            }
            _ => return Ok(found),
        }
    }
}

/// One event.
pub async fn one<T: Transport>(service: &Service<T>, id: &str) -> anyhow::Result<Event> {
    let path = format!("/v1/events/{}", percent(id));
    Ok(service.ask(&Call::get(path)).await?)
}

/// What stands in a path's segment as it is (RFC 3986 §2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn percent(segment: &str) -> String {
    utf8_percent_encode(segment, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::service::tests::{answer, scripted};

    fn page(ids: &[&str], next: Option<&str>) -> String {
        let event =
            |id: &&str| json!({ "time": "2026-11-20T12:00:00Z", "id": id, "record": { "n": 1 } });
        let events: Vec<Value> = ids.iter().map(event).collect();
        json!({ "events": events, "next": next, "scannedTo": "2026-11-01T00:00:00Z", "warnings": ["w"] }).to_string()
    }

    async fn reading(pages: Vec<String>, most: usize) -> (anyhow::Result<Found>, Vec<String>) {
        let answers = pages.into_iter().map(|page| Ok(answer(200, page)));
        let service = scripted(answers.collect());
        let found = read(&service, Map::new(), most, |_| {}).await;
        (found, service.asked())
    }

    #[tokio::test]
    async fn pages_are_read_until_there_are_enough_or_no_more() {
        let pages = || {
            vec![
                page(&["a", "b"], Some("1")),
                page(&[], Some("2")),
                page(&["c"], None),
            ]
        };
        let (found, asked) = reading(pages(), 10).await;
        let found = found.unwrap();
        let ids: Vec<&str> = found.events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(
            (ids, found.has_more, asked.len()),
            (vec!["a", "b", "c"], false, 3)
        );
        assert_eq!(found.warnings, ["w"]);

        let (found, asked) = reading(pages()[..1].to_vec(), 2).await;
        assert_eq!((found.unwrap().has_more, asked.len()), (true, 1));
    }

    #[tokio::test]
    async fn a_page_that_comes_again_is_an_error() {
        let pages = vec![page(&["a"], Some("1")), page(&["a"], Some("1"))];
        let (found, _) = reading(pages, 10).await;
        assert_eq!(found.unwrap_err().to_string(), "the service repeats a page");
    }

    #[test]
    fn an_id_is_one_segment() {
        assert_eq!(percent("a-1.b_~"), "a-1.b_~");
        assert_eq!(percent("a/b é?"), "a%2Fb%20%C3%A9%3F");
    }
}
