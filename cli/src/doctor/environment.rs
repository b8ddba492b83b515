//! What the environment tells other tools.

use super::check::Check;

const WHAT: &str = "AWS CLI";
const ENDPOINT: &str = "AWS_ENDPOINT_URL_CLOUDTRAIL";

/// Whether the AWS CLI and the SDKs ask the same service as `alog`.
pub fn cli(environment: impl Fn(&str) -> Option<String>, origin: &str) -> Check {
    let mend = || format!("export {ENDPOINT}={origin}");
    match environment(ENDPOINT) {
        Some(endpoint) if endpoint.trim_end_matches('/') == origin => {
            Check::well(WHAT, "asks the same address")
        }
        Some(endpoint) => Check::wrong(WHAT, format!("{ENDPOINT} is {endpoint}"), mend()),
        None => Check::wrong(
            WHAT,
            format!("would ask AWS itself: {ENDPOINT} is not set"),
            mend(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tools_ask_one_address() {
        let origin = "https://log.example.com/api";
        let with = |endpoint: Option<&'static str>| {
            cli(
                move |name| endpoint.filter(|_| name == ENDPOINT).map(str::to_owned),
                origin,
            )
        };
        assert!(with(Some("https://log.example.com/api/")).is_well());
        assert!(!with(Some("https://log.example.com")).is_well());
        assert!(!with(None).is_well());
    }
}
