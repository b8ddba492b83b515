//! Keeps the calls that failed; with one error code, if the report asks for it.
//!
//! ```text
//! cargo test               the tests below, without WebAssembly
//! alog plugin build        makes my-filter.wasm
//! alog plugin test my-filter.wasm events.ndjson
//! ```

use activity_log_filter::{
    Batch, Failure, Filter, Manifest, Parameter, Parameters, Verdict, export,
};

struct Failed {
    code: Option<String>,
}

impl Filter for Failed {
    const MANIFEST: Manifest = Manifest {
        name: "my-filter",
        version: env!("CARGO_PKG_VERSION"),
        description: "Calls that failed.",
        inputs: &["errorCode"],
        outputs: &[],
        parameters: &[Parameter::optional(
            "code",
            "an error code, such as AccessDenied; any, if it is not given",
        )],
    };

    fn start(parameters: &Parameters) -> Result<Self, String> {
        let code = parameters.get("code").map(str::to_owned);
        if code.as_ref().is_some_and(String::is_empty) {
            return Err("the parameter code is empty".to_owned());
        }
        Ok(Self { code })
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let [error] = batch.columns();
        // Asked once for each different error code, not once for each event.
        let failed = error.test(|error| match &self.code {
            None => !error.is_nothing(),
            Some(code) => error.is(code),
        });
        Ok(batch.keep(|row| failed[row]))
    }
}

export!(Failed);

#[cfg(test)]
mod tests {
    use activity_log_filter::testing::{Events, start};

    use super::*;

    fn kept(parameters: &[(&str, &str)]) -> Vec<usize> {
        let events = Events::parse(include_str!("../events.ndjson"));
        events.run::<Failed>(parameters).kept()
    }

    #[test]
    fn calls_that_failed_are_kept() {
        assert_eq!(kept(&[]), [2, 5, 6]);
    }

    #[test]
    fn those_with_one_code_are_kept() {
        assert_eq!(kept(&[("code", "AccessDenied")]), [2, 6]);
    }

    #[test]
    fn an_empty_code_is_refused() {
        let error = start::<Failed>(&[("code", "")]).err();
        assert_eq!(error.as_deref(), Some("the parameter code is empty"));
    }
}
