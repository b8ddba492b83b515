//! Which trail a caller means: a name, or an ARN, wherever a trail is named.

use activity_log_calls::Resource;
use activity_log_core::account::AccountId;
use activity_log_core::trail;
use activity_log_core::trail::name::{InvalidTrailName, TrailName};

use crate::error::{ApiError, Code, quoted};
use crate::operation::Call;
use crate::ports::Ports;

/// Longest ARN read, in bytes: AWS's longest, with a name of 128, has about 190.
const MAX_ARN_BYTES: usize = 256;

const INVALID_NAME: Code = Code::client("InvalidTrailNameException");
const INVALID_ARN: Code = Code::client("CloudTrailARNInvalidException");
const NOT_FOUND: Code = Code::client("TrailNotFoundException");
const RESOURCE_NOT_FOUND: Code = Code::client("ResourceNotFoundException");
const RESOURCE_TYPE: Code = Code::client("ResourceTypeNotSupportedException");

/// The type of a trail as a resource.
const TRAIL: &str = "AWS::CloudTrail::Trail";

/// Whose trails, and where: what an ARN must say to name one of them.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// the caller's account
    pub account: AccountId,
    /// the service's region
    pub region: &'a str,
}

impl<'a> Home<'a> {
    /// Of the one who calls.
    pub fn of<P: Ports>(call: &Call<'a, P>) -> Self {
        Self {
            account: call.principal.account_id(),
            region: call.ports.region(),
        }
    }
}

/// A trail as the caller named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// the caller's text
    pub asked: &'a str,
    /// the name in the caller's account; `None` for an ARN of another account or region, of which
    /// nothing is told, not even whether it exists
    pub name: Option<TrailName>,
}

impl<'a> Reference<'a> {
    /// Reads a name or an ARN.
    pub fn read(asked: Option<&'a str>, home: Home<'_>) -> Result<Self, ApiError> {
        let asked = asked.ok_or_else(blank)?;
        let name = if asked.starts_with("arn:") {
            named_by(asked, home)?
        } else {
            Some(read_name(Some(asked))?)
        };
        Ok(Self { asked, name })
    }

    /// Reads a `ResourceId`: AWS tags other things than trails, which we have not.
    pub fn of_resource(asked: Option<&'a str>, home: Home<'_>) -> Result<Self, ApiError> {
        if let Some(asked) = asked
            && let Some(arn) = Arn::split(asked)
            && !arn.is_trail()
        {
            return Err(ApiError::new(
                RESOURCE_TYPE,
                format!("{} is not a trail; only trails have tags", quoted(asked)),
            ));
        }
        Self::read(asked, home)
    }

    /// The trail as the event of a call names it: by its ARN, and by its name, as AWS's event history does.
    pub fn resources(&self, home: Home<'_>) -> Vec<Resource> {
        let Some(name) = &self.name else {
            return Vec::new();
        };
        let arn = trail::arn(home.region, home.account, name);
        [arn, name.to_string()]
            .map(|name| Resource::new(TRAIL, name))
            .into()
    }

    /// There is no such trail.
    pub fn unknown(&self, home: Home<'_>) -> ApiError {
        unknown(self.asked, home)
    }

    /// There is no such trail, in the words of `GetTrailStatus`, which puts the ARN.
    pub fn unknown_arn(&self, home: Home<'_>) -> ApiError {
        match &self.name {
            Some(name) => unknown(&trail::arn(home.region, home.account, name), home),
            None => self.unknown(home),
        }
    }

    /// There is no such trail, in the words of the operations on tags.
    pub fn unknown_resource(&self) -> ApiError {
        ApiError::new(
            RESOURCE_NOT_FOUND,
            format!("Unknown resource: {}", self.asked),
        )
    }
}

/// The `resources` of a call that names a trail so; none where it names none.
pub fn resources(asked: Option<&str>, home: Home<'_>) -> Vec<Resource> {
    let read = Reference::read(asked, home);
    read.map_or_else(|_| Vec::new(), |reference| reference.resources(home))
}

/// Reads the name of a trail to be made.
pub fn read_name(name: Option<&str>) -> Result<TrailName, ApiError> {
    let name = name.ok_or_else(blank)?;
    name.parse()
        .map_err(|why: InvalidTrailName| ApiError::new(INVALID_NAME, why.to_string()))
}

/// K2 writes `Name` where AWS writes `TrailName`.
pub fn either_name<'a>(
    trail_name: Option<&'a str>,
    name: Option<&'a str>,
) -> Result<Option<&'a str>, ApiError> {
    match (trail_name, name) {
        (Some(one), Some(other)) if one != other => Err(ApiError::new(
            INVALID_NAME,
            "TrailName and Name say different trails; send one of them",
        )),
        (Some(name), _) | (None, Some(name)) => Ok(Some(name)),
        (None, None) => Ok(None),
    }
}

fn blank() -> ApiError {
    ApiError::new(INVALID_NAME, "Trail name cannot be blank!")
}

fn unknown(asked: &str, home: Home<'_>) -> ApiError {
    ApiError::new(
        NOT_FOUND,
        format!("Unknown trail: {asked} for the user: {}", home.account),
    )
}

/// The name in an ARN; `None` if it is of another account or region.
fn named_by(asked: &str, home: Home<'_>) -> Result<Option<TrailName>, ApiError> {
    let malformed = || {
        ApiError::new(
            INVALID_ARN,
            format!(
                "{} is not the ARN of a trail; it must be like arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME",
                quoted(asked)
            ),
        )
    };
    let arn = Arn::split(asked).ok_or_else(malformed)?;
    let name = arn.resource.strip_prefix("trail/").ok_or_else(malformed)?;
    let name = name.parse().map_err(|_| malformed())?;
    if !arn.is_trail() {
        return Err(malformed());
    }
    let ours = arn.partition == "aws" && arn.region == home.region && arn.account == home.account;
    Ok(ours.then_some(name))
}

/// The parts of an ARN.
#[derive(Debug)]
struct Arn<'a> {
    partition: &'a str,
    service: &'a str,
    region: &'a str,
    account: AccountId,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` if it is not a well-formed ARN of a regional service.
    fn split(text: &'a str) -> Option<Self> {
        if text.len() > MAX_ARN_BYTES {
            return None;
        }
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let mut part = || parts.next().filter(|part| !part.is_empty());
        Some(Self {
            partition: part().filter(|partition| partition.starts_with("aws"))?,
            service: part()?,
            region: part()?,
            account: part()?.parse().ok()?,
            resource: part()?,
        })
    }

    fn is_trail(&self) -> bool {
        self.service == "cloudtrail" && self.resource.starts_with("trail/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home<'static> {
        Home {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1",
        }
    }

    fn name(asked: &str) -> Result<Option<String>, String> {
        let reference = Reference::read(Some(asked), home());
        let name = reference.map(|one| one.name.map(String::from));
        name.map_err(|error| error.code().name().to_owned())
    }

    #[test]
    fn a_name_and_an_arn_name_the_same() {
        for asked in [
            "audit",
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit",
        ] {
            assert_eq!(name(asked), Ok(Some("audit".to_owned())), "{asked}");
        }
    }

    #[test]
    fn a_trail_is_a_resource_by_its_arn_and_by_its_name() {
        let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit";
        let named = [arn, "audit"].map(|name| Resource::new(TRAIL, name));
        assert_eq!(resources(Some("audit"), home()), named);
        assert_eq!(resources(Some(arn), home()), named);
        let elsewhere = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit";
        for nothing in [None, Some(""), Some(elsewhere), Some("my#trail")] {
            assert_eq!(resources(nothing, home()), []);
        }
    }

    #[test]
    fn an_arn_of_elsewhere_names_nothing() {
        for asked in [
            "arn:aws:cloudtrail:us-east-1:444455556666:trail/audit",
            "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit",
            "arn:aws-cn:cloudtrail:us-east-1:111122223333:trail/audit",
        ] {
            assert_eq!(name(asked), Ok(None), "{asked}");
            let reference = Reference::read(Some(asked), home()).unwrap();
            assert_eq!(
                reference.unknown_arn(home()).message(),
                format!("Unknown trail: {asked} for the user: 111122223333")
            );
        }
    }

    #[test]
    fn what_is_no_arn_of_a_trail_is_said_so() {
        let long = format!(
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/{}",
            "a".repeat(300)
        );
        for asked in [
            "arn:",
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/",
            "arn:aws:cloudtrail:us-east-1:111122223333:trail/-x",
            "arn:aws:cloudtrail:us-east-1:111122223333:channel/abc",
            "arn:aws:cloudtrail:us-east-1::trail/audit",
            "arn:aws:s3:us-east-1:111122223333:trail/audit",
            "arn:gcp:cloudtrail:us-east-1:111122223333:trail/audit",
            &long,
        ] {
            assert_eq!(
                name(asked),
                Err("CloudTrailARNInvalidException".to_owned()),
                "{asked}"
            );
        }
        for asked in ["", "x", "a:b:c", "my#trail"] {
            assert_eq!(
                name(asked),
                Err("InvalidTrailNameException".to_owned()),
                "{asked}"
            );
        }
    }

    #[test]
    fn only_trails_are_resources() {
        let code = |asked| {
            let error = Reference::of_resource(Some(asked), home()).unwrap_err();
            error.code().name()
        };
        assert_eq!(
            code("arn:aws:cloudtrail:us-east-1:111122223333:eventdatastore/abc"),
            "ResourceTypeNotSupportedException"
        );
        assert_eq!(code("arn:aws:nothing"), "CloudTrailARNInvalidException");
        assert!(Reference::of_resource(Some("audit"), home()).is_ok());
    }

    #[test]
    fn either_name_will_do() {
        assert_eq!(either_name(Some("a"), None).unwrap(), Some("a"));
        assert_eq!(either_name(None, Some("a")).unwrap(), Some("a"));
        assert_eq!(either_name(Some("a"), Some("a")).unwrap(), Some("a"));
        assert_eq!(either_name(None, None).unwrap(), None);
        assert!(either_name(Some("a"), Some("b")).is_err());
    }
}
