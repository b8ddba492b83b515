//! What `CreateTrail` and `UpdateTrail` are sent, and which of it is not served.

use activity_log_calls::Resource;
use activity_log_core::trail::Settings;
use serde::{Deserialize, Serialize};

use super::destination;
use super::reference::{self, Home};
use super::tags::Tag;
use crate::error::{ApiError, Code};
use crate::input::Object;

/// The type of a bucket as a resource.
const BUCKET: &str = "AWS::S3::Bucket";

/// The request; `T` is the tags of a new trail. `UpdateTrail` has no `TagsList` in AWS's model, and passes over one as
/// AWS does: [`PassedOver`](crate::input::PassedOver).
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"))]
pub struct Parameters<T = Vec<Object<Tag>>> {
    /// the trail
    pub name: Option<String>,
    /// where archives go
    pub s3_bucket_name: Option<String>,
    /// what keys start with
    pub s3_key_prefix: Option<String>,
    /// echoed
    pub include_global_service_events: Option<bool>,
    /// whether digests are delivered
    pub enable_log_file_validation: Option<bool>,
    /// tags of a new trail
    pub tags_list: Option<T>,
    sns_topic_name: Option<String>,
    cloud_watch_logs_log_group_arn: Option<String>,
    cloud_watch_logs_role_arn: Option<String>,
    kms_key_id: Option<String>,
    /// echoed: a trail has the events of every region as it is
    is_multi_region_trail: Option<bool>,
    is_organization_trail: Option<bool>,
    recursive_logging: Option<bool>,
}

impl<T> Parameters<T> {
    /// Refuses what is not served, and a bucket and prefix that cannot be.
    pub fn check(&self) -> Result<(), ApiError> {
        self.refuse_unserved()?;
        if let Some(bucket) = &self.s3_bucket_name {
            destination::check_bucket(bucket)?;
        }
        if let Some(prefix) = &self.s3_key_prefix {
            destination::check_prefix(prefix)?;
        }
        Ok(())
    }

    /// What it names: the trail, and the bucket if that can be one.
    pub fn resources(&self, home: Home<'_>) -> Vec<Resource> {
        let mut named = reference::resources(self.name.as_deref(), home);
        let bucket = self.s3_bucket_name.as_deref();
        let bucket = bucket.filter(|bucket| destination::check_bucket(bucket).is_ok());
        named.extend(bucket.map(|bucket| Resource::new(BUCKET, bucket)));
        named
    }

    /// Whether archives may go elsewhere than before.
    pub fn moves(&self) -> bool {
        self.s3_bucket_name.is_some() || self.s3_key_prefix.is_some()
    }

    /// Sets what was sent; the rest stays as it is. Refuses, as AWS does, what does not go together.
    pub fn apply(&self, settings: &mut Settings) -> Result<(), ApiError> {
        if let Some(bucket) = &self.s3_bucket_name {
            settings.bucket.clone_from(bucket);
        }
        if let Some(prefix) = &self.s3_key_prefix {
            settings.prefix = Some(prefix.clone()).filter(|prefix| !prefix.is_empty());
        }
        if let Some(include) = self.include_global_service_events {
            settings.include_global_service_events = include;
        }
        if let Some(validation) = self.enable_log_file_validation {
            settings.validation = validation;
        }
        if let Some(is_multi_region) = self.is_multi_region_trail {
            settings.is_multi_region = is_multi_region;
        }
        if settings.is_multi_region && !settings.include_global_service_events {
            return Err(ApiError::new(
                Code::client("InvalidParameterCombinationException"),
                "Multi-Region trail must include global service events.",
            ));
        }
        Ok(())
    }

    /// Refuses, by name, a parameter that is not served. What AWS's clients send for one that its user
    /// left out is fine: nothing, `null`, an empty text (Terraform), or the default.
    fn refuse_unserved(&self) -> Result<(), ApiError> {
        let texts = [
            (
                &self.sns_topic_name,
                "SnsTopicName",
                "InvalidSnsTopicNameException",
            ),
            (
                &self.cloud_watch_logs_log_group_arn,
                "CloudWatchLogsLogGroupArn",
                "InvalidCloudWatchLogsLogGroupArnException",
            ),
            (
                &self.cloud_watch_logs_role_arn,
                "CloudWatchLogsRoleArn",
                "InvalidCloudWatchLogsRoleArnException",
            ),
            (&self.kms_key_id, "KmsKeyId", "InvalidKmsKeyIdException"),
        ];
        for (sent, parameter, code) in texts {
            if sent.as_deref().is_some_and(|text| !text.is_empty()) {
                let message = format!("{parameter} is not supported; leave it out");
                return Err(ApiError::new(Code::client(code), message));
            }
        }
        let switches = [
            (
                self.is_organization_trail == Some(true),
                Code::client("OrganizationsNotInUseException"),
                "IsOrganizationTrail is not supported: accounts are not members of an organization; leave it out, or send false",
            ),
            (
                self.recursive_logging == Some(false),
                Code::INVALID_PARAMETER,
                "RecursiveLogging is not supported: deliveries make no events of their own; leave it out, or send true",
            ),
        ];
        let refused = switches.into_iter().find(|(refused, ..)| *refused);
        refused.map_or(Ok(()), |(_, code, message)| {
            Err(ApiError::new(code, message))
        })
    }
}

#[cfg(test)]
mod tests {
    use activity_log_core::instant::Instant;
    use activity_log_core::trail::Trail;
    use serde_json::json;

    use super::*;

    fn refusal(json: &serde_json::Value) -> Option<String> {
        let parameters: Parameters = serde_json::from_value(json.clone()).unwrap();
        let error = parameters.refuse_unserved().err()?;
        assert!(error.message().len() > 20);
        Some(error.code().name().to_owned())
    }

    #[test]
    fn what_clients_send_by_default_is_fine() {
        for sent in [
            json!({}),
            json!({"SnsTopicName": null, "IsMultiRegionTrail": null}),
            json!({"SnsTopicName": "", "KmsKeyId": "", "CloudWatchLogsLogGroupArn": "", "CloudWatchLogsRoleArn": "",
                "IsMultiRegionTrail": false, "IsOrganizationTrail": false, "RecursiveLogging": true}),
        ] {
            assert_eq!(refusal(&sent), None, "{sent}");
        }
    }

    #[test]
    fn what_is_not_served_is_refused_with_the_model_s_error() {
        let refused = [
            ("SnsTopicName", json!("t"), "InvalidSnsTopicNameException"),
            ("KmsKeyId", json!("alias/k"), "InvalidKmsKeyIdException"),
            (
                "CloudWatchLogsLogGroupArn",
                json!("arn"),
                "InvalidCloudWatchLogsLogGroupArnException",
            ),
            (
                "CloudWatchLogsRoleArn",
                json!("arn"),
                "InvalidCloudWatchLogsRoleArnException",
            ),
            (
                "IsOrganizationTrail",
                json!(true),
                "OrganizationsNotInUseException",
            ),
            (
                "RecursiveLogging",
                json!(false),
                "InvalidParameterException",
            ),
        ];
        for (parameter, value, code) in refused {
            assert_eq!(
                refusal(&json!({ parameter: value })).as_deref(),
                Some(code),
                "{parameter}"
            );
        }
    }

    #[test]
    fn a_trail_of_all_regions_has_global_events_whichever_is_sent_first() {
        let account = "111122223333".parse().unwrap();
        let (name, time) = ("audit".parse().unwrap(), Instant::from_seconds(0));
        let trail = Trail::new(account, name, "aa", ("logs", account), time);
        let apply = |sent: &[serde_json::Value]| {
            let mut settings = trail.settings.clone();
            for json in sent {
                let parameters: Parameters = serde_json::from_value(json.clone()).unwrap();
                parameters
                    .apply(&mut settings)
                    .map_err(|error| error.code().name().to_owned())?;
            }
            Ok::<bool, String>(settings.is_multi_region)
        };
        let (all, none) = (
            json!({"IsMultiRegionTrail": true}),
            json!({"IncludeGlobalServiceEvents": false}),
        );
        assert_eq!(apply(&[json!({})]), Ok(false));
        assert_eq!(apply(&[all.clone(), json!({})]), Ok(true));
        assert_eq!(
            apply(&[
                all.clone(),
                json!({"IsMultiRegionTrail": false}),
                none.clone()
            ]),
            Ok(false)
        );
        let refused = Err("InvalidParameterCombinationException".to_owned());
        assert_eq!(apply(&[all.clone(), none.clone()]), refused);
        assert_eq!(apply(&[none, all]), refused);
    }
}
