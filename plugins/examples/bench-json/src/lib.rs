//! The benchmarks' predicate on whole events: what a filter costs that is fed JSON, event by event.
//!
//! This is how not to do it. `bench-rust` says the same with columns.

use activity_log_filter::{Batch, Failure, Filter, Manifest, Parameters, Verdict, export};
use serde_json::Value;

struct Described;

impl Filter for Described {
    const MANIFEST: Manifest = Manifest {
        name: "bench-json",
        version: env!("CARGO_PKG_VERSION"),
        description: "Calls that describe something and did not fail, out of each event's JSON.",
        inputs: &[""],
        outputs: &[],
        parameters: &[],
    };

    fn start(_: &Parameters) -> Result<Self, String> {
        Ok(Self)
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        batch.try_keep(|row| {
            let event = row.value(0).text().ok_or("the event is no text")?;
            let event: Value = serde_json::from_str(event).map_err(|error| error.to_string())?;
            let describes = event["eventName"]
                .as_str()
                .is_some_and(|name| name.starts_with("Describe"));
            Ok::<_, String>(describes && event["errorCode"].is_null())
        })
    }
}

export!(Described);

#[cfg(test)]
mod tests {
    use activity_log_filter::testing::Events;

    use super::*;

    #[test]
    fn what_describes_and_succeeds_is_kept() {
        let events = Events::parse(
            r#"{"eventName":"DescribeInstances"}
               {"eventName":"DescribeInstances","errorCode":"Throttling"}
               {"eventName":"RunInstances"}
               {"eventName":"DescribeInstances","errorCode":null}
               {}"#,
        );
        assert_eq!(events.run::<Described>(&[]).kept(), [0, 3]);
    }
}
