//! The lookup fields every dialect is mapped onto.

use std::borrow::Cow;
use std::ops::Range;

use super::record::Text;

/// Where an event says that it touched a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResourceSource {
    /// the record's `resources`
    #[default]
    Resources,
    /// what was asked
    RequestParameters,
    /// what was answered
    ResponseElements,
    /// VK's path
    Uri,
}

impl ResourceSource {
    /// The record's field.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Resources => "resources",
            Self::RequestParameters => "requestParameters",
            Self::ResponseElements => "responseElements",
            Self::Uri => "uri",
        }
    }
}

/// A resource of an event: name and type, either may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourceField<'a> {
    /// ARN, ARN prefix, id or name; it is also found by its [other names](super::other_names)
    pub name: Option<Cow<'a, str>>,
    /// type, such as `AWS::S3::Bucket`
    pub kind: Option<Cow<'a, str>>,
    /// where the record says so
    pub source: ResourceSource,
}

/// The error of a call of which is only said that it failed.
pub const FAILED: &str = "failed";

/// What an event can be looked up by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields<'a> {
    /// the action
    pub name: Cow<'a, str>,
    /// what people are shown for it where it says nothing: of VK's `unknown` the method and the path. No lookup field
    pub called: Option<Cow<'a, str>>,
    /// the service
    pub source: Option<Cow<'a, str>>,
    /// the caller
    pub username: Option<Cow<'a, str>>,
    /// the caller's access key
    pub access_key_id: Option<Cow<'a, str>>,
    /// the project (K2, VK)
    pub project: Option<Cow<'a, str>>,
    /// the region
    pub region: Option<Cow<'a, str>>,
    /// where the call came from
    pub source_ip: Option<Cow<'a, str>>,
    /// the error, if the call failed; of VK's, which name none, [`FAILED`]
    pub error_code: Option<Cow<'a, str>>,
    /// `AwsApiCall`, `AwsConsoleSignIn` …
    pub event_type: Option<Cow<'a, str>>,
    /// what the service calls this one call
    pub request_id: Option<Cow<'a, str>>,
    /// the product the caller used: the first word of its user agent, without the version
    pub user_agent: Option<Cow<'a, str>>,
    /// the caller's ARN
    pub principal_arn: Option<Cow<'a, str>>,
    /// what it touched
    pub resources: Vec<ResourceField<'a>>,
}

impl Fields<'_> {
    /// The same, borrowing nothing.
    pub(super) fn into_owned(self) -> Fields<'static> {
        let resources = self.resources.into_iter().map(|one| ResourceField {
            name: owned(one.name),
            kind: owned(one.kind),
            source: one.source,
        });
        Fields {
            name: Cow::Owned(self.name.into_owned()),
            called: owned(self.called),
            source: owned(self.source),
            username: owned(self.username),
            access_key_id: owned(self.access_key_id),
            project: owned(self.project),
            region: owned(self.region),
            source_ip: owned(self.source_ip),
            error_code: owned(self.error_code),
            event_type: owned(self.event_type),
            request_id: owned(self.request_id),
            user_agent: owned(self.user_agent),
            principal_arn: owned(self.principal_arn),
            resources: resources.collect(),
        }
    }
}

fn owned(text: Option<Cow<'_, str>>) -> Option<Cow<'static, str>> {
    text.map(|text| Cow::Owned(text.into_owned()))
}

/// Of a user agent (RFC 9110 §10.1.5) the first product's name: `aws-cli` of `aws-cli/2.17 …`. S3 puts brackets around
/// what it was given.
pub(super) fn product(agent: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    let first = |agent: &str| -> Range<usize> {
        let start = usize::from(agent.starts_with('['));
        let end = agent[start..].find(['/', ' ', ']']);
        start..end.map_or(agent.len(), |end| start + end)
    };
    let name = match agent? {
        Cow::Borrowed(agent) => Cow::Borrowed(&agent[first(agent)]),
        Cow::Owned(agent) => Cow::Owned(agent[first(&agent)].to_owned()),
    };
    Some(name).filter(|name| !name.is_empty())
}

/// The text inside, empty text counting as absent: `""` cannot be looked up.
pub(super) fn text(field: Option<Text<'_>>) -> Option<Cow<'_, str>> {
    field.map(|text| text.0).filter(|text| !text.is_empty())
}
