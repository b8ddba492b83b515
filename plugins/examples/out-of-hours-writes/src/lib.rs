//! Writes outside of business hours, but for principals that are expected to work then.
//!
//! In records of every dialect: who it was is the lookup field `userName` (of a role's session its name, VK's
//! `user_email`), or the ARN, the service that called, VK's `user_id`.
//!
//! A column `localTime` says when it was there: `Sat 03:05`.

mod clock;

use activity_log_filter::{
    Batch, Failure, Filter, Manifest, Parameter, Parameters, PerValue, Value, Verdict, export,
};

use clock::{Local, Offset, Span, Weekdays};

struct OutOfHours {
    hours: Span,
    weekdays: Weekdays,
    offset: Offset,
    allowed: Vec<String>,
}

impl Filter for OutOfHours {
    const MANIFEST: Manifest = Manifest {
        name: "out-of-hours-writes",
        version: env!("CARGO_PKG_VERSION"),
        description: "Calls that change something, by people and services, outside of business hours.",
        inputs: &[
            "eventTime",
            "readOnly",
            "userName",
            "userIdentity.arn",
            "userIdentity.invokedBy",
            "user_id",
        ],
        outputs: &["localTime"],
        parameters: &[
            Parameter::optional(
                "hours",
                "business hours, such as 09:00-18:00, which they are without it",
            ),
            Parameter::optional(
                "weekdays",
                "business days, such as mon-fri (which they are without it) or sun-thu or mon,wed",
            ),
            Parameter::optional("utc-offset", "of the place, such as +03:00; UTC without it"),
            Parameter::optional(
                "allow",
                "names of users and sessions, ids of VK's users, ARNs and services that may write at any time, with commas between them; each may end in *",
            ),
        ],
    };

    fn start(parameters: &Parameters) -> Result<Self, String> {
        Ok(Self {
            hours: parameters.parse("hours")?.unwrap_or(Span::BUSINESS),
            weekdays: parameters.parse("weekdays")?.unwrap_or(Weekdays::BUSINESS),
            offset: parameters.parse("utc-offset")?.unwrap_or_default(),
            allowed: parameters
                .list("allow")
                .into_iter()
                .map(str::to_owned)
                .collect(),
        })
    }

    fn filter(&self, batch: &Batch) -> Result<Verdict, Failure> {
        let [time, read_only, user, arn, service, id] = batch.columns();
        let writes = read_only.test(Value::is_false);
        let allowed: [PerValue<'_, bool>; 4] =
            [user, arn, service, id].map(|who| who.test(|who| self.allows(who)));
        let local =
            time.per_value(|time| Local::parse(time.text().unwrap_or_default(), self.offset));
        let verdict = batch.try_keep(|row| {
            let number = row.number();
            let Some(local) = &local[number] else {
                return Err(format!(
                    "its eventTime {:?} is no RFC 3339 time",
                    row.value(0).to_text()
                ));
            };
            let at_work =
                self.hours.contains(local.minute) && self.weekdays.contains(local.weekday);
            Ok(writes[number] && !at_work && !allowed.iter().any(|allowed| allowed[number]))
        })?;
        let shown = time.map(|time| {
            Local::parse(time.text().unwrap_or_default(), self.offset)
                .map(|local| local.to_string())
        });
        Ok(verdict.with(shown))
    }
}

impl OutOfHours {
    fn allows(&self, who: &Value) -> bool {
        let Some(who) = who.text() else {
            return false;
        };
        self.allowed
            .iter()
            .any(|allowed| match allowed.strip_suffix('*') {
                Some(start) => who.starts_with(start),
                None => who == allowed,
            })
    }
}

export!(OutOfHours);

#[cfg(test)]
mod tests {
    use activity_log_filter::testing::{Events, start};

    use super::*;

    /// 2026-03-02 is a Monday.
    fn events() -> Events {
        Events::parse(
            r#"{"eventTime":"2026-03-02T09:00:00Z","readOnly":false}
               {"eventTime":"2026-03-02T18:00:00Z","readOnly":false,"userIdentity":{"userName":"bob"}}
               {"eventTime":"2026-03-02T18:00:00Z","readOnly":true}
               {"eventTime":"2026-03-07T12:00:00Z","readOnly":false,"userIdentity":{"arn":"arn:aws:sts::1:assumed-role/deploy/ci"}}
               {"eventTime":"2026-03-02T08:59:59.999Z","readOnly":"false","userIdentity":{"invokedBy":"a.amazonaws.com"}}
               {"eventTime":"2026-03-02T21:30:00Z","eventName":"ListUsers"}"#,
        )
    }

    #[test]
    fn writes_outside_of_business_hours_are_kept() {
        let run = events().run::<OutOfHours>(&[]);
        assert_eq!(run.kept(), [1, 3, 4]);
        assert_eq!(run.output("localTime")[3], Value::from("Sat 12:00"));
    }

    #[test]
    fn hours_are_those_of_the_place() {
        let run = events().run::<OutOfHours>(&[("utc-offset", "+03:00"), ("hours", "12:00-21:00")]);
        assert_eq!(run.kept(), [1, 3, 4]);
        let run = events().run::<OutOfHours>(&[
            ("utc-offset", "-10:00"),
            ("weekdays", "sun-sat"),
            ("hours", "22:30-08:30"),
        ]);
        // 23:00 on Sunday, 08:00, 02:00 on Saturday, 22:59 on Sunday: all at work, over midnight.
        assert!(run.kept().is_empty());
        assert_eq!(run.output("localTime")[0], Value::from("Sun 23:00"));
    }

    #[test]
    fn who_is_allowed_may_write() {
        let run =
            events().run::<OutOfHours>(&[("allow", "bob, arn:aws:sts::1:assumed-role/deploy/*")]);
        assert_eq!(run.kept(), [4]);
        let run = events().run::<OutOfHours>(&[("allow", "a.amazonaws.com,bo")]);
        assert_eq!(run.kept(), [1, 3]);
    }

    /// AWS's session of a role, K2's, VK's with and without an address; all on a Sunday.
    #[test]
    fn records_of_each_dialect_say_who_it_was() {
        let events = Events::parse(
            r#"{"eventTime":"2026-11-29T12:00:00Z","eventName":"CreateBucket","userIdentity":{"type":"AssumedRole","principalId":"AROA:boss@example.com","arn":"arn:aws:sts::1:assumed-role/admin/boss@example.com"}}
               {"eventTime":"2026-11-29T12:00:00Z","eventName":"CreateBucket","userName":"boss@example.com","project":"p"}
               {"timestamp":"2026-11-29T12:00:00Z","action":"create-vm","event_id":"1","method":"POST","source":"nova","user_email":"boss@example.com","user_id":"u1"}
               {"timestamp":"2026-11-29T12:00:00Z","action":"delete-vm","event_id":"2","method":"DELETE","source":"nova","user_id":"u1"}
               {"timestamp":"2026-11-29T12:00:00Z","action":"unknown","event_id":"3","method":"GET","source":"nova","user_id":"u2"}"#,
        );
        let kept = |allow| events.run::<OutOfHours>(&[("allow", allow)]).kept();
        assert_eq!(kept(""), [0, 1, 2, 3]);
        assert_eq!(kept("boss@example.com"), [3]);
        assert_eq!(kept("boss@*"), [3]);
        assert_eq!(kept("u1"), [0, 1]);
        let run = events.run::<OutOfHours>(&[]);
        assert_eq!(run.output("localTime")[2], Value::from("Sun 12:00"));
    }

    #[test]
    fn an_event_without_a_time_is_named() {
        let failure =
            Events::parse(r#"{"eventTime":"2026-03-02T18:00:00Z"} {"eventTime":"yesterday"}"#)
                .try_run::<OutOfHours>(&[]);
        let expected = r#"its eventTime "yesterday" is no RFC 3339 time"#;
        assert_eq!(failure.unwrap_err(), Failure::of_row(1, expected));
    }

    #[test]
    fn parameters_that_cannot_be_read_are_named() {
        for (name, value, says) in [
            ("hours", "9-17", "09:00-18:00"),
            ("hours", "09:00-24:01", "09:00-18:00"),
            ("hours", "09:00-09:00", "09:00-18:00"),
            ("weekdays", "monday", "mon"),
            ("weekdays", "", "mon"),
            ("utc-offset", "3", "+03:00"),
            ("utc-offset", "+15:00", "+03:00"),
        ] {
            let error = start::<OutOfHours>(&[(name, value)]).err().unwrap();
            assert!(
                error.starts_with(&format!("the parameter {name} is")) && error.contains(says),
                "{error}"
            );
        }
    }
}
