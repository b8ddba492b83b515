//! One view of an event for people, the same of every dialect: what reports, lookups and the console show where nobody
//! asks for the record's own fields.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::{Checked, Event, Fields};
use crate::instant::Instant;

/// What the result of an event is called that has no error.
pub const OK: &str = "ok";

/// What people ask of an event, in eleven words. What the record does not say is absent.
///
/// As JSON it is an object of the names in [`View::NAMES`], in their order; what is absent is `null`.
///
/// ```
/// # use activity_log_core::event::{Event, View};
/// let record = r#"{"timestamp":"2026-11-19T07:31:23Z","event_id":"e1","action":"unknown","source":"magnum",
///     "success":"no","method":"DELETE","uri":"/infra/container/v1/nodegroups/31a0","user_email":"olga@example.test"}"#;
/// let event = Event::stored(record, "queue").unwrap();
/// let view = View::of(&event);
/// assert_eq!(view.who.as_deref(), Some("olga@example.test"));
/// assert_eq!(view.get("action").as_deref(), Some("DELETE /infra/container/v1/nodegroups/31a0"));
/// assert_eq!(view.get("result").as_deref(), Some("failed"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct View<'a> {
    /// when the call was made; RFC 3339 in JSON
    #[serde(serialize_with = "as_text")]
    pub time: Option<Instant>,
    /// the caller: what events are looked up by as `Username`
    pub who: Option<Cow<'a, str>>,
    /// the event's name; of VK's `unknown` actions the method and the path
    pub action: Option<Cow<'a, str>>,
    /// the first resource the event touched: its name, or its type where it has no name
    pub resource: Option<Cow<'a, str>>,
    /// [`OK`], or the error
    pub result: Option<Cow<'a, str>>,
    /// the service that was called
    pub source: Option<Cow<'a, str>>,
    /// where the call came from
    pub address: Option<Cow<'a, str>>,
    /// the project
    pub project: Option<Cow<'a, str>>,
    /// the region
    pub region: Option<Cow<'a, str>>,
    /// how the event came ([`crate::origin::Origin::text`])
    pub origin: Option<Cow<'a, str>>,
    /// the event's id
    pub id: Option<Cow<'a, str>>,
}

impl<'a> View<'a> {
    /// What the view says, in this order.
    pub const NAMES: [&'static str; 11] = [
        "time", "who", "action", "resource", "result", "source", "address", "project", "region",
        "origin", "id",
    ];

    /// Of an event. What is borrowed is borrowed from its record.
    pub fn of(event: &Event<'a>) -> Self {
        Self::of_fields(
            Some(event.time),
            Some(event.id.clone()),
            &event.fields,
            event.origin.clone(),
        )
    }

    /// Of a record that came from `origin`. What of it cannot be read is absent: a report's plugin may have put anything in
    /// its fields' places.
    ///
    /// ```
    /// # use activity_log_core::event::View;
    /// let changed = r#"{"eventTime":"(hidden)","eventName":"Stop","userIdentity":7,"awsRegion":["r"]}"#;
    /// let view = View::of_record(changed, "queue");
    /// assert_eq!(view.action.as_deref(), Some("Stop"));
    /// assert_eq!((view.time, view.who, view.region), (None, None, None));
    /// ```
    pub fn of_record(record: &'a str, origin: &'a str) -> Self {
        if let Ok(event) = Event::stored(record, origin) {
            return Self::of(&event);
        }
        match Checked::of_changed(record) {
            Some((time, id, fields)) => Self::of_fields(time, id, &fields, Cow::Borrowed(origin)),
            None => Self {
                origin: Some(Cow::Borrowed(origin)),
                ..Self::default()
            },
        }
    }

    fn of_fields(
        time: Option<Instant>,
        id: Option<Cow<'a, str>>,
        fields: &Fields<'a>,
        origin: Cow<'a, str>,
    ) -> Self {
        let first = fields.resources.first();
        let action = fields.called.as_ref().unwrap_or(&fields.name);
        Self {
            time,
            who: fields.username.clone(),
            action: Some(action.clone()).filter(|action| !action.is_empty()),
            resource: first.and_then(|one| one.name.clone().or_else(|| one.kind.clone())),
            result: Some(fields.error_code.clone().unwrap_or(Cow::Borrowed(OK))),
            source: fields.source.clone(),
            address: fields.source_ip.clone(),
            project: fields.project.clone(),
            region: fields.region.clone(),
            origin: Some(origin),
            id,
        }
    }

    /// What it says under one of its [names](View::NAMES), as text.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        let text = match name {
            "time" => return self.time.map(|time| time.to_string().into()),
            "who" => &self.who,
            "action" => &self.action,
            "resource" => &self.resource,
            "result" => &self.result,
            "source" => &self.source,
            "address" => &self.address,
            "project" => &self.project,
            "region" => &self.region,
            "origin" => &self.origin,
            "id" => &self.id,
            _ => return None,
        };
        text.clone()
    }
}

#[expect(clippy::ref_option, reason = "serde gives a reference to the field")]
fn as_text<S: Serializer>(time: &Option<Instant>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(record: &str) -> String {
        let event = Event::stored(record, "producer:eve").unwrap();
        serde_json::to_string(&View::of(&event)).unwrap()
    }

    #[test]
    fn every_dialect_has_all_of_it() {
        let cloudtrail = r#"{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA:ci","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci"},
            "eventTime":"2026-11-20T12:00:00Z","eventSource":"s3.amazonaws.com","eventName":"DeleteBucket","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.7",
            "errorCode":"AccessDenied","resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}],"eventID":"e1"}"#;
        assert_eq!(
            view(cloudtrail),
            concat!(
                r#"{"time":"2026-11-20T12:00:00Z","who":"ci","action":"DeleteBucket","resource":"arn:aws:s3:::b","#,
                r#""result":"AccessDenied","source":"s3.amazonaws.com","address":"192.0.2.7","project":null,"#,
                r#""region":"eu-west-1","origin":"producer:eve","id":"e1"}"#
            )
        );
        let k2 = r#"{"userName":"anna","project":"warehouse","eventTime":1795000000.25,"eventName":"OpenSession","sourceIPAddress":"192.0.2.8","eventID":"e2"}"#;
        assert_eq!(
            view(k2),
            concat!(
                r#"{"time":"2026-11-18T11:06:40.25Z","who":"anna","action":"OpenSession","resource":null,"result":"ok","#,
                r#""source":null,"address":"192.0.2.8","project":"warehouse","region":null,"origin":"producer:eve","id":"e2"}"#
            )
        );
        let vk = r#"{"event_id":"e3","timestamp":"2026-11-19T07:31:23Z","source":"nova","action":"create-vm","success":"yes","method":"POST",
            "uri":"/v2.1/servers","project_id":"p1","user_email":"olga@example.test"}"#;
        assert_eq!(
            view(vk),
            concat!(
                r#"{"time":"2026-11-19T07:31:23Z","who":"olga@example.test","action":"create-vm","resource":"OS::Nova::Server","#,
                r#""result":"ok","source":"nova","address":null,"project":"p1","region":null,"origin":"producer:eve","id":"e3"}"#
            )
        );
    }

    #[test]
    fn it_is_asked_by_the_names_it_is_written_with() {
        let record = r#"{"userName":"anna","project":"p","eventTime":"2026-11-20T12:00:00Z","eventName":"Stop","awsRegion":"r",
            "eventSource":"s","sourceIPAddress":"a","eventID":"e","resources":[{"ARN":"x"}]}"#;
        let event = Event::stored(record, "queue").unwrap();
        let view = View::of(&event);
        let json = serde_json::to_string(&view).unwrap();
        let named = View::NAMES.map(|name| {
            let text = view.get(name).unwrap();
            format!("\"{name}\":\"{text}\"")
        });
        assert_eq!(json, format!("{{{}}}", named.join(",")));
        assert_eq!(view.get("eventName"), None);
        let none: View<'_> = View::default();
        assert!(View::NAMES.iter().all(|name| none.get(name).is_none()));
    }

    #[test]
    fn of_a_changed_record_what_can_be_read_is_shown() {
        let names = |record: &str| {
            let view = View::of_record(record, "import");
            let said = View::NAMES.map(|name| view.get(name).map(|text| format!("{name}={text}")));
            said.into_iter().flatten().collect::<Vec<_>>().join(" ")
        };
        let expected = [
            (
                r#"{"eventTime":"2026-11-20T12:00:00Z","eventName":null,"userName":"a","eventID":"e"}"#,
                "time=2026-11-20T12:00:00Z who=a result=ok origin=import id=e",
            ),
            (
                r#"{"eventTime":7.5e400,"eventName":"Stop","userIdentity":{"userName":7,"type":"Root"},"resources":"x","readOnly":"hidden","errorCode":"E"}"#,
                "action=Stop result=E origin=import",
            ),
            (
                r#"{"timestamp":"2026-11-20T12:00:00Z","event_id":["e"],"action":{"x":1},"source":"nova","user_email":3,"user_id":"u","uri":"/servers/1","\u0064":"\ud800"}"#,
                "time=2026-11-20T12:00:00Z who=u resource=1 result=ok source=nova origin=import",
            ),
            (
                r#"{"eventTime":"2026-11-20T12:00:00Z","eventName":"X","eventName":"Y"}"#,
                "time=2026-11-20T12:00:00Z action=Y result=ok origin=import",
            ),
            ("{}", "result=ok origin=import"),
            ("[]", "origin=import"),
            ("", "origin=import"),
        ];
        for (record, said) in expected {
            assert_eq!(names(record), said, "{record}");
        }
    }
}
