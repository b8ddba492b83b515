//! AWS CloudTrail's records: who calls, what, from where, and how it ended.

use std::fmt::Write as _;

use super::calls::{Service, services};
use super::random::Random;

const LONG_TERM: &str = r#""type":"IAMUser","principalId":"AIDA<base32>","arn":"arn:aws:iam::<account>:user/<word>","accountId":"<account>","accessKeyId":"AKIA<base32>","userName":"<word>""#;
const CONSOLE: &str = r#""type":"IAMUser","principalId":"AIDA<base32>","arn":"arn:aws:iam::<account>:user/<word>","accountId":"<account>","accessKeyId":"ASIA<base32>","userName":"<word>","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"<time>","mfaAuthenticated":"true"}}"#;
const FORWARDED: &str = r#""type":"IAMUser","principalId":"AIDA<base32>","arn":"arn:aws:iam::<account>:user/<word>","accountId":"<account>","accessKeyId":"ASIA<base32>","userName":"<word>","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"<time>","mfaAuthenticated":"false"}},"invokedBy":"AWS Internal""#;
const ROLE: &str = r#""type":"AssumedRole","principalId":"AROA<base32>:<word>","arn":"arn:aws:sts::<account>:assumed-role/<word>-role/<word>","accountId":"<account>","accessKeyId":"ASIA<base32>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA<base32>","arn":"arn:aws:iam::<account>:role/<word>-role","accountId":"<account>","userName":"<word>-role"},"webIdFederationData":{},"attributes":{"creationDate":"<time>","mfaAuthenticated":"false"}}"#;
const INSTANCE: &str = r#""type":"AssumedRole","principalId":"AROA<base32>:i-<id>","arn":"arn:aws:sts::<account>:assumed-role/<word>-role/i-<id>","accountId":"<account>","accessKeyId":"ASIA<base32>","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA<base32>","arn":"arn:aws:iam::<account>:role/<word>-role","accountId":"<account>","userName":"<word>-role"},"webIdFederationData":{},"attributes":{"creationDate":"<time>","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}"#;
const ROOT: &str = r#""type":"Root","principalId":"<account>","arn":"arn:aws:iam::<account>:root","accountId":"<account>","accessKeyId":"ASIA<base32>","sessionContext":{"sessionIssuer":{},"webIdFederationData":{},"attributes":{"creationDate":"<time>","mfaAuthenticated":"true"}}"#;
const IDENTITIES: [&str; 6] = [LONG_TERM, ROLE, CONSOLE, FORWARDED, INSTANCE, ROOT];

const AGENTS: [&str; 10] = [
    "APN/1.0 HashiCorp/1.0 Terraform/1.5.2 (+https://www.terraform.io) terraform-provider-aws/5.7.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go/1.44.300 (go1.20.5; linux; amd64)",
    "AWS Internal",
    "APN/1.0 HashiCorp/1.0 Terraform/1.1.9 (+https://www.terraform.io) terraform-provider-aws/4.50.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go/1.44.180 (go1.19.5; linux; amd64) HashiCorp-terraform-exec/0.17.3",
    "Boto3/1.28.2 md/Botocore#1.31.2 ua/2.0 os/linux#5.10.0 md/arch#x86_64 lang/python#3.10.12 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.31.2",
    "aws-cli/2.13.0 Python/3.11.4 Linux/5.15.0 exe/x86_64.ubuntu.22 prompt/off command/<word>",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.0.0 Safari/537.36",
    "aws-sdk-go/1.44.300 (go1.20.5; linux; amd64)",
    "aws-sdk-go-v2/1.19.0 os/linux lang/go#1.20.5 md/GOOS#linux md/GOARCH#amd64 api/ec2#1.102.0",
    "aws-sdk-java/1.12.500 Linux/5.10.0 OpenJDK_64-Bit_Server_VM/17.0.7 java/17.0.7 vendor/Amazon.com_Inc. cfg/retry-mode/standard",
    "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.488 Linux/5.10.0 OpenJDK_64-Bit_Server_VM/25.372-b08 java/1.8.0_372 vendor/Oracle_Corporation cfg/retry-mode/standard]",
];

const ERRORS: [(&str, &str); 12] = [
    (
        "AccessDenied",
        "User: arn:aws:iam::<account>:user/<word> is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::<word> because no identity-based policy allows the s3:GetObject action",
    ),
    ("ThrottlingException", "Rate exceeded"),
    (
        "Client.UnauthorizedOperation",
        "You are not authorized to perform this operation. Encoded authorization failure message: <token><token><token>",
    ),
    ("NoSuchBucketPolicy", "The bucket policy does not exist"),
    (
        "NoSuchEntityException",
        "The role with name <word>-role cannot be found.",
    ),
    (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    ),
    ("NoSuchTagSet", "The TagSet does not exist"),
    (
        "NoSuchLifecycleConfiguration",
        "The lifecycle configuration does not exist",
    ),
    (
        "Client.InvalidInstanceID.NotFound",
        "The instance ID 'i-<id>' does not exist",
    ),
    (
        "Client.DryRunOperation",
        "Request would have succeeded, but DryRun flag is set.",
    ),
    (
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
    ),
    (
        "InvalidParameterValueException",
        "The parameter is not valid",
    ),
];

pub fn record(random: &mut Random) -> String {
    let services = services();
    // The first three services are half of what is called.
    let service = match random.below(2) {
        0 => &services[random.below(3)],
        _ => random.of(&services),
    };
    let text = match random.below(20) {
        0 => by_a_service(random, service),
        1 => sign_in(random),
        _ => by_a_caller(random, service),
    };
    random.fill(&text)
}

fn reads(name: &str) -> bool {
    let reading = [
        "Describe", "Get", "List", "Lookup", "Decrypt", "Encrypt", "Generate", "BatchGet", "Assume",
    ];
    reading.iter().any(|verb| name.starts_with(verb))
}

fn by_a_caller(random: &mut Random, service: &Service) -> String {
    let (name, parameters, response, resource) = *random.of(service.calls);
    let identity = *random.early(&IDENTITIES);
    let agent = *random.early(&AGENTS);
    let is_internal = agent == "AWS Internal";
    let address = if is_internal {
        "AWS Internal"
    } else {
        *random.of(&["<ip>", "<private>"])
    };
    let region = random.fill("<region>");
    let host = format!("{}.{region}.amazonaws.com", service.name);
    let mut text = format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{{identity}}},"eventTime":"<time>","eventSource":"{}.amazonaws.com","eventName":"{name}","awsRegion":"{region}","sourceIPAddress":"{address}","userAgent":"{agent}","#,
        service.name
    );
    let failed = random.below(9) == 0;
    if failed {
        let (code, message) = *random.early(&ERRORS);
        let _ = write!(text, r#""errorCode":"{code}","errorMessage":"{message}","#);
    }
    let response = if failed { "null" } else { response };
    let _ = write!(
        text,
        r#""requestParameters":{parameters},"responseElements":{response},"#
    );
    if service.name == "s3" {
        text.push_str(r#""additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<token>","bytesTransferredOut":<n>},"#);
        text.push_str(r#""requestID":"<base32>","eventID":"<uuid>","#);
    } else {
        text.push_str(r#""requestID":"<uuid>","eventID":"<uuid>","#);
    }
    let _ = write!(text, r#""readOnly":{},"#, reads(name));
    push_resource(&mut text, resource);
    text.push_str(
        r#""eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"<account>","#,
    );
    if is_internal {
        let end = *random.of(&[
            r#""eventCategory":"Management"}"#,
            r#""eventCategory":"Management","sessionCredentialFromConsole":"true"}"#,
            r#""vpcEndpointId":"vpce-<id>","eventCategory":"Management"}"#,
        ]);
        text.push_str(end);
        return text;
    }
    let tls = *random.early(&[
        r#""tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-RSA-AES128-GCM-SHA256""#,
        r#""tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256""#,
    ]);
    let _ = write!(
        text,
        r#""eventCategory":"Management","tlsDetails":{{{tls},"clientProvidedHostHeader":"{host}"}}}}"#
    );
    text
}

fn push_resource(text: &mut String, resource: &str) {
    if let Some((arn, kind)) = resource.split_once(' ') {
        let _ = write!(
            text,
            r#""resources":[{{"accountId":"<account>","type":"{kind}","ARN":"{arn}"}}],"#
        );
    }
}

/// What a service does for itself.
fn by_a_service(random: &mut Random, service: &Service) -> String {
    let (name, parameters, response, resource) = *random.of(service.calls);
    let caller = *random.of(&[
        "ec2",
        "rds",
        "lambda",
        "secretsmanager",
        "autoscaling",
        "cloudtrail",
        "config",
    ]);
    let mut text = format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"AWSService","invokedBy":"{caller}.amazonaws.com"}},"eventTime":"<time>","eventSource":"{}.amazonaws.com","eventName":"{name}","awsRegion":"us-east-1","sourceIPAddress":"{caller}.amazonaws.com","userAgent":"{caller}.amazonaws.com","requestParameters":{parameters},"responseElements":{response},"requestID":"<uuid>","eventID":"<uuid>","readOnly":{},"#,
        service.name,
        reads(name)
    );
    push_resource(&mut text, resource);
    text.push_str(r#""eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"<account>","sharedEventID":"<uuid>","eventCategory":"Management"}"#);
    text
}

fn sign_in(random: &mut Random) -> String {
    if random.below(2) == 0 {
        return r#"{"eventVersion":"1.08","userIdentity":{"accountId":"<account>","invokedBy":"secretsmanager.amazonaws.com"},"eventTime":"<time>","eventSource":"secretsmanager.amazonaws.com","eventName":"EndSecretVersionDelete","awsRegion":"us-east-1","sourceIPAddress":"secretsmanager.amazonaws.com","userAgent":"secretsmanager.amazonaws.com","requestParameters":null,"responseElements":null,"additionalEventData":{"SecretId":"arn:aws:secretsmanager:us-east-1:<account>:secret:<word>"},"eventID":"<uuid>","readOnly":false,"eventType":"AwsServiceEvent","managementEvent":true,"recipientAccountId":"<account>","eventCategory":"Management"}"#.to_owned();
    }
    let outcome = *random.early(&["Success", "Failure"]);
    format!(
        r#"{{"eventVersion":"1.08","userIdentity":{{"type":"IAMUser","principalId":"AIDA<base32>","arn":"arn:aws:iam::<account>:user/<word>","accountId":"<account>","userName":"<word>"}},"eventTime":"<time>","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","awsRegion":"us-east-1","sourceIPAddress":"<ip>","userAgent":"{}","requestParameters":null,"responseElements":{{"ConsoleLogin":"{outcome}"}},"additionalEventData":{{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"Yes"}},"eventID":"<uuid>","readOnly":false,"eventType":"AwsConsoleSignIn","managementEvent":true,"recipientAccountId":"<account>","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"signin.aws.amazon.com"}}}}"#,
        AGENTS[5]
    )
}
