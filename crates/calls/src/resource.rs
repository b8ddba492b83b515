//! What a call names: a trail, a report, a plugin, a session.

/// One of the record's `resources`, which events are looked up by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// the ARN, or the id of what has none
    pub name: String,
    /// such as `AWS::CloudTrail::Trail`
    pub kind: &'static str,
}

impl Resource {
    /// The resource of this type and name.
    pub fn new(kind: &'static str, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { name, kind }
    }
}
