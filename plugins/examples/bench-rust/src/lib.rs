//! The benchmarks' predicate, as a Rust filter: calls that describe something and did not fail.

use activity_log_filter::{Batch, Failure, Filter, Manifest, Parameters, Value, Verdict, export};

struct Described;

impl Filter for Described {
    const MANIFEST: Manifest = Manifest {
        name: "bench-rust",
        version: env!("CARGO_PKG_VERSION"),
        description: "Calls that describe something and did not fail: the benchmarks' predicate.",
        inputs: &["eventName", "errorCode"],
        outputs: &[],
        parameters: &[],
    };

    fn start(_: &Parameters) -> Result<Self, String> {
        Ok(Self)
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let [name, error] = batch.columns();
        let describes =
            name.test(|name| name.text().is_some_and(|name| name.starts_with("Describe")));
        let succeeded = error.test(Value::is_nothing);
        Ok(batch.keep_all([&describes, &succeeded]))
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
