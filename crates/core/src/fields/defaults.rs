//! The columns of a report of whole records: each dialect's fields by its own names, who did what where first, the bulky
//! ones late.

use crate::event::Dialect;

const CLOUDTRAIL: &[&str] = &[
    "eventTime",
    "eventName",
    "eventSource",
    "userIdentity.type",
    "userIdentity.userName",
    "userIdentity.arn",
    "userIdentity.accessKeyId",
    "awsRegion",
    "sourceIPAddress",
    "userAgent",
    "readOnly",
    "eventType",
    "errorCode",
    "errorMessage",
    "resources",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "origin",
];

const K2: &[&str] = &[
    "eventTime",
    "eventName",
    "userName",
    "project",
    "sourceIPAddress",
    "readOnly",
    "eventType",
    "errorCode",
    "errorMessage",
    "requestParameters",
    "responseElements",
    "additionalEventData",
    "requestID",
    "eventID",
    "origin",
];

const VK: &[&str] = &[
    "timestamp",
    "action",
    "source",
    "user_email",
    "user_id",
    "success",
    "method",
    "uri",
    "user_agent",
    "request_body",
    "response_body",
    "request_id",
    "event_id",
    "origin",
];

/// The columns of a dialect's records.
pub const fn columns(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::CloudTrail => CLOUDTRAIL,
        Dialect::K2 => K2,
        Dialect::Vk => VK,
    }
}
