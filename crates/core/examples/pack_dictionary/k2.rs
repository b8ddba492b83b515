//! K2, NGN, CROC: CloudTrail's names, a flat user, a project; EC2's API and the operations that are no calls.

use super::random::Random;

/// Action, whether it only reads, parameters, response.
const CALLS: [(&str, bool, &str, &str); 22] = [
    ("DescribeInstances", true, r#"{"filterSet":{},"instancesSet":{}}"#, "null"),
    ("DescribeVolumes", true, r#"{"filterSet":{},"volumeSet":{}}"#, "null"),
    ("DescribeInstances", true, r#"{"instancesSet":{"items":[{"instanceId":"i-<id8>"}]}}"#, "null"),
    ("DescribeSubnets", true, r#"{"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-<id8>"}]}}]}}"#, "null"),
    ("DescribeSecurityGroups", true, r#"{"filterSet":{},"securityGroupIdSet":{}}"#, "null"),
    ("DescribeAddresses", true, r#"{"filterSet":{}}"#, "null"),
    ("DescribeAlarms", true, r#"{"maxRecords":100}"#, "null"),
    ("LookupEvents", true, r#"{"maxResults":50}"#, "null"),
    ("StopInstances", false, r#"{"instancesSet":{"items":[{"instanceId":"i-<id8>"}]},"force":false}"#, r#"{"instancesSet":{"items":[{"instanceId":"i-<id8>","currentState":{"code":64,"name":"stopping"},"previousState":{"code":16,"name":"running"}}]}}"#),
    ("StartInstances", false, r#"{"instancesSet":{"items":[{"instanceId":"i-<id8>"}]}}"#, r#"{"instancesSet":{"items":[{"instanceId":"i-<id8>","currentState":{"code":0,"name":"pending"},"previousState":{"code":80,"name":"stopped"}}]}}"#),
    ("RunInstances", false, r#"{"instancesSet":{"items":[{"imageId":"cmi-<id8>","minCount":1,"maxCount":1}]},"instanceType":"m5.large","subnetId":"subnet-<id8>"}"#, r#"{"reservationId":"r-<id8>","ownerId":"<word>","instancesSet":{"items":[{"instanceId":"i-<id8>","imageId":"cmi-<id8>","instanceState":{"code":0,"name":"pending"},"instanceType":"m5.large","subnetId":"subnet-<id8>","vpcId":"vpc-<id8>","privateIpAddress":"<private>"}]}}"#),
    ("TerminateInstances", false, r#"{"instancesSet":{"items":[{"instanceId":"i-<id8>"}]}}"#, r#"{"instancesSet":{"items":[{"instanceId":"i-<id8>","currentState":{"code":32,"name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}"#),
    ("ModifyInstanceAttribute", false, r#"{"instanceId":"i-<id8>","instanceType":{"value":"m5.xlarge"}}"#, r#"{"_return":true}"#),
    ("AssociateAddress", false, r#"{"allocationId":"eipalloc-<id8>","networkInterfaceId":"eni-<id8>"}"#, r#"{"associationId":"eipassoc-<id8>","_return":true}"#),
    ("AuthorizeSecurityGroupIngress", false, r#"{"groupId":"sg-<id8>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"ipRanges":{"items":[{"cidrIp":"0.0.0.0/0"}]}}]}}"#, r#"{"_return":true}"#),
    ("CreateNetworkAclEntry", false, r#"{"networkAclId":"acl-<id8>","ruleNumber":100,"aclProtocol":"6","ruleAction":"allow","egress":false,"cidrBlock":"10.0.0.0/16"}"#, r#"{"_return":true}"#),
    ("CreateVolume", false, r#"{"size":32,"availabilityZone":"ru-msk-vol51","volumeType":"gp2"}"#, r#"{"volumeId":"vol-<id8>","size":32,"status":"creating"}"#),
    ("AttachVolume", false, r#"{"volumeId":"vol-<id8>","instanceId":"i-<id8>","device":"disk2"}"#, r#"{"volumeId":"vol-<id8>","instanceId":"i-<id8>","device":"disk2","status":"attaching"}"#),
    ("CreateSnapshot", false, r#"{"volumeId":"vol-<id8>","description":"<word>"}"#, r#"{"snapshotId":"snap-<id8>","volumeId":"vol-<id8>","status":"pending"}"#),
    ("CreateVpnConnection", false, r#"{"type":"ipsec.1","customerGatewayId":"cgw-<id8>","vpnGatewayId":"vgw-<id8>"}"#, r#"{"vpnConnection":{"vpnConnectionId":"vpn-<id8>","state":"pending"}}"#),
    ("PutMetricAlarm", false, r#"{"alarmName":"<word>-cpu","namespace":"AWS/EC2","metricName":"CPUUtilization","threshold":80.0}"#, "{}"),
    ("CreateTrail", false, r#"{"name":"<word>","s3BucketName":"<word>-logs"}"#, r#"{"name":"<word>","s3BucketName":"<word>-logs"}"#),
];

/// What is no call: action, type, what is told of it.
const SESSIONS: [(&str, &str, &str); 4] = [
    ("OpenSession", "AwsConsoleSignIn", r#"{"mfaUsed":"Yes","sessionId":"<hex>"}"#),
    ("ADOpenSession", "AwsConsoleSignIn", r#"{"identityProvider":"<word>","sessionId":"<hex>"}"#),
    ("CloseSession", "AwsConsoleSignOut", r#"{"sessionId":"<hex>"}"#),
    ("AutoCloseSession", "AwsConsoleAutoSignOut", r#"{"sessionId":"<hex>","reason":"timeout"}"#),
];

const ERRORS: [(&str, &str); 4] = [
    ("InvalidInstanceID.NotFound", "The instance ID 'i-<id8>' does not exist"),
    ("UnauthorizedOperation", "You are not authorized to perform this operation."),
    ("InvalidParameterValue", "Value is invalid for parameter"),
    ("IncorrectInstanceState", "The instance 'i-<id8>' is not in a state from which it can be started."),
];

pub fn record(random: &mut Random) -> String {
    let head = r#"{"userName":"<word>@<word>","project":"<word>","recipientAccountId":"<word>","eventTime":"<time>","eventName":""#;
    let tail = r#""requestID":"<uuid>","eventID":"<uuid>","#;
    let text = if random.below(8) == 0 {
        let (name, kind, data) = *random.of(&SESSIONS);
        format!(
            r#"{head}{name}","eventType":"{kind}",{tail}"readOnly":false,"requestParameters":null,"responseElements":null,"sourceIPAddress":"<ip>","additionalEventData":{data}}}"#
        )
    } else {
        let (name, reads, parameters, response) = *random.early(&CALLS);
        let (error, response) = match random.below(12) {
            0 => {
                let (code, message) = *random.of(&ERRORS);
                (
                    format!(r#""errorCode":"{code}","errorMessage":"{message}","#),
                    "null",
                )
            }
            _ => (String::new(), response),
        };
        let address = *random.of(&["", "<ip>"]);
        format!(
            r#"{head}{name}","eventType":"AwsApiCall",{tail}"readOnly":{reads},{error}"requestParameters":{parameters},"responseElements":{response},"sourceIPAddress":"{address}","additionalEventData":null}}"#
        )
    };
    random.fill(&text)
}
