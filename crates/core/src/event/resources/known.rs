//! What members of requests and answers name, as AWS's Event history shows it: the one table to add to.

use Kind::{ById, Of};

/// A member's row: what it names in calls of a service, or in calls whose name has a word.
struct Row {
    /// in lower case
    member: &'static str,
    /// the first word of `eventSource`; `""`: any
    service: &'static str,
    /// what the event's name must contain; `""`: nothing
    word: &'static str,
    kind: Kind,
}

/// What kind of thing is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// this
    Of(&'static str),
    /// what its id begins with says: `vol-` a volume
    ById,
}

const fn row(member: &'static str, service: &'static str, word: &'static str, kind: Kind) -> Row {
    Row {
        member,
        service,
        word,
        kind,
    }
}

/// By the length of the member and the member. Of several rows of a member the first that fits counts.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("name", "cloudtrail", "Trail", Of("AWS::CloudTrail::Trail")),
    row("name", "cloudtrail", "Logging", Of("AWS::CloudTrail::Trail")),
    row("name", "cloudtrail", "EventDataStore", Of("AWS::CloudTrail::EventDataStore")),
    row("name", "ecr-public", "Repository", Of("AWS::ECR::PublicRepository")),
    row("name", "eks", "Cluster", Of("AWS::EKS::Cluster")),
    row("name", "elasticloadbalancing", "LoadBalancer", Of("AWS::ElasticLoadBalancingV2::LoadBalancer")),
    row("name", "elasticloadbalancing", "TargetGroup", Of("AWS::ElasticLoadBalancingV2::TargetGroup")),
    row("name", "events", "Rule", Of("AWS::Events::Rule")),
    row("name", "events", "EventBus", Of("AWS::Events::EventBus")),
    row("name", "secretsmanager", "Secret", Of("AWS::SecretsManager::Secret")),
    row("name", "sns", "Topic", Of("AWS::SNS::Topic")),
    row("name", "ssm", "Parameter", Of("AWS::SSM::Parameter")),
    row("name", "ssm", "Document", Of("AWS::SSM::Document")),
    row("name", "states", "StateMachine", Of("AWS::StepFunctions::StateMachine")),
    row("rule", "events", "", Of("AWS::Events::Rule")),
    row("apiid", "apigateway", "", Of("AWS::ApiGatewayV2::Api")),
    row("keyid", "kms", "", Of("AWS::KMS::Key")),
    row("vpcid", "", "", Of("AWS::EC2::VPC")),
    row("cluster", "ecs", "", Of("AWS::ECS::Cluster")),
    row("groupid", "ec2", "", Of("AWS::EC2::SecurityGroup")),
    row("groupid", "", "", ById),
    row("imageid", "ec2", "", Of("AWS::EC2::Image")),
    row("imageid", "", "", ById),
    row("keyname", "ec2", "", Of("AWS::EC2::KeyPair")),
    row("keyname", "", "KeyPair", Of("AWS::EC2::KeyPair")),
    row("stackid", "", "", Of("AWS::CloudFormation::Stack")),
    row("publicip", "ec2", "Address", Of("AWS::EC2::EIP")),
    row("queueurl", "", "", Of("AWS::SQS::Queue")),
    row("rolename", "", "", Of("AWS::IAM::Role")),
    row("rulename", "events", "", Of("AWS::Events::Rule")),
    row("secretid", "", "", Of("AWS::SecretsManager::Secret")),
    row("subnetid", "", "", Of("AWS::EC2::Subnet")),
    row("topicarn", "", "", Of("AWS::SNS::Topic")),
    row("username", "iam", "", Of("AWS::IAM::User")),
    row("username", "", "User", Of("AWS::IAM::User")),
    row("volumeid", "", "", Of("AWS::EC2::Volume")),
    row("webaclid", "", "", Of("AWS::WAFv2::WebACL")),
    row("alarmname", "monitoring", "", Of("AWS::CloudWatch::Alarm")),
    row("aliasname", "kms", "", Of("AWS::KMS::Alias")),
    row("clusterid", "elasticmapreduce", "", Of("AWS::EMR::Cluster")),
    row("flowlogid", "", "", Of("AWS::EC2::FlowLog")),
    row("gatewayid", "", "", ById),
    row("groupname", "ec2", "SecurityGroup", Of("AWS::EC2::SecurityGroup")),
    row("groupname", "ec2", "PlacementGroup", Of("AWS::EC2::PlacementGroup")),
    row("groupname", "iam", "", Of("AWS::IAM::Group")),
    row("groupname", "resource-groups", "", Of("AWS::ResourceGroups::Group")),
    row("layername", "lambda", "", Of("AWS::Lambda::LayerVersion")),
    row("queuename", "sqs", "", Of("AWS::SQS::Queue")),
    row("restapiid", "", "", Of("AWS::ApiGateway::RestApi")),
    row("stackname", "", "", Of("AWS::CloudFormation::Stack")),
    row("tablename", "dynamodb", "", Of("AWS::DynamoDB::Table")),
    row("tablename", "glue", "", Of("AWS::Glue::Table")),
    row("tablename", "", "Table", Of("AWS::DynamoDB::Table")),
    row("trailname", "", "", Of("AWS::CloudTrail::Trail")),
    row("bucketname", "", "", Of("AWS::S3::Bucket")),
    row("detectorid", "", "", Of("AWS::GuardDuty::Detector")),
    row("domainname", "es", "", Of("AWS::Elasticsearch::Domain")),
    row("domainname", "opensearch", "", Of("AWS::OpenSearchService::Domain")),
    row("instanceid", "", "", Of("AWS::EC2::Instance")),
    row("policyname", "iam", "", Of("AWS::IAM::Policy")),
    row("resourceid", "", "", ById),
    row("snapshotid", "", "", Of("AWS::EC2::Snapshot")),
    row("streamname", "", "", Of("AWS::Kinesis::Stream")),
    row("userpoolid", "", "", Of("AWS::Cognito::UserPool")),
    row("accesskeyid", "iam", "", Of("AWS::IAM::AccessKey")),
    row("clustername", "ecs", "", Of("AWS::ECS::Cluster")),
    row("clustername", "eks", "", Of("AWS::EKS::Cluster")),
    row("clustername", "", "", Of("AWS::EKS::Cluster")),
    row("projectname", "codebuild", "", Of("AWS::CodeBuild::Project")),
    row("servicename", "ecs", "", Of("AWS::ECS::Service")),
    row("accountalias", "iam", "", Of("AWS::IAM::AccountAlias")),
    row("allocationid", "", "", Of("AWS::EC2::EIP")),
    row("filesystemid", "", "", Of("AWS::EFS::FileSystem")),
    row("functionname", "", "", Of("AWS::Lambda::Function")),
    row("hostedzoneid", "", "", Of("AWS::Route53::HostedZone")),
    row("keyspacename", "", "", Of("AWS::Cassandra::Keyspace")),
    row("loggroupname", "", "", Of("AWS::Logs::LogGroup")),
    row("natgatewayid", "", "", Of("AWS::EC2::NatGateway")),
    row("networkaclid", "", "", Of("AWS::EC2::NetworkAcl")),
    row("pipelinename", "codepipeline", "", Of("AWS::CodePipeline::Pipeline")),
    row("routetableid", "", "", Of("AWS::EC2::RouteTable")),
    row("s3bucketname", "", "", Of("AWS::S3::Bucket")),
    row("vpngatewayid", "", "", Of("AWS::EC2::VPNGateway")),
    row("changesetname", "cloudformation", "", Of("AWS::CloudFormation::ChangeSet")),
    row("dashboardname", "monitoring", "", Of("AWS::CloudWatch::Dashboard")),
    row("dhcpoptionsid", "", "", Of("AWS::EC2::DHCPOptions")),
    row("mfadevicename", "iam", "", Of("AWS::IAM::VirtualMFADevice")),
    row("nodegroupname", "eks", "", Of("AWS::EKS::Nodegroup")),
    row("vpcendpointid", "", "", Of("AWS::EC2::VPCEndpoint")),
    row("cacheclusterid", "", "", Of("AWS::ElastiCache::CacheCluster")),
    row("distributionid", "", "", Of("AWS::CloudFront::Distribution")),
    row("organizationid", "organizations", "", Of("AWS::Organizations::Organization")),
    row("repositoryname", "ecr", "", Of("AWS::ECR::Repository")),
    row("repositoryname", "codecommit", "", Of("AWS::CodeCommit::Repository")),
    row("applicationname", "elasticbeanstalk", "", Of("AWS::ElasticBeanstalk::Application")),
    row("applicationname", "codedeploy", "", Of("AWS::CodeDeploy::Application")),
    row("environmentname", "elasticbeanstalk", "", Of("AWS::ElasticBeanstalk::Environment")),
    row("optiongroupname", "", "", Of("AWS::RDS::OptionGroup")),
    row("samlproviderarn", "", "", Of("AWS::IAM::SAMLProvider")),
    row("securitygroupid", "", "", Of("AWS::EC2::SecurityGroup")),
    row("statemachinearn", "", "", Of("AWS::StepFunctions::StateMachine")),
    row("vpnconnectionid", "", "", Of("AWS::EC2::VPNConnection")),
    row("launchtemplateid", "", "", Of("AWS::EC2::LaunchTemplate")),
    row("loadbalancername", "", "", Of("AWS::ElasticLoadBalancing::LoadBalancer")),
    row("subnetidentifier", "", "", Of("AWS::EC2::Subnet")),
    row("transitgatewayid", "", "", Of("AWS::EC2::TransitGateway")),
    row("clusteridentifier", "redshift", "", Of("AWS::Redshift::Cluster")),
    row("customergatewayid", "", "", Of("AWS::EC2::CustomerGateway")),
    row("dbsubnetgroupname", "", "", Of("AWS::RDS::DBSubnetGroup")),
    row("internetgatewayid", "", "", Of("AWS::EC2::InternetGateway")),
    row("deliverystreamname", "", "", Of("AWS::KinesisFirehose::DeliveryStream")),
    row("launchtemplatename", "", "", Of("AWS::EC2::LaunchTemplate")),
    row("networkinterfaceid", "", "", Of("AWS::EC2::NetworkInterface")),
    row("replicationgroupid", "", "", Of("AWS::ElastiCache::ReplicationGroup")),
    row("vpcsecuritygroupid", "", "", Of("AWS::EC2::SecurityGroup")),
    row("dbclusteridentifier", "", "", Of("AWS::RDS::DBCluster")),
    row("dbsecuritygroupname", "", "", Of("AWS::RDS::DBSecurityGroup")),
    row("instanceprofilename", "", "", Of("AWS::IAM::InstanceProfile")),
    row("autoscalinggroupname", "", "", Of("AWS::AutoScaling::AutoScalingGroup")),
    row("dbinstanceidentifier", "", "", Of("AWS::RDS::DBInstance")),
    row("dbparametergroupname", "", "", Of("AWS::RDS::DBParameterGroup")),
    row("dbsnapshotidentifier", "", "", Of("AWS::RDS::DBSnapshot")),
    row("servercertificatename", "iam", "", Of("AWS::IAM::ServerCertificate")),
    row("spotinstancerequestid", "", "", Of("AWS::EC2::SpotInstanceRequest")),
    row("vpcpeeringconnectionid", "", "", Of("AWS::EC2::VPCPeeringConnection")),
    row("certificateauthorityarn", "", "", Of("AWS::ACMPCA::CertificateAuthority")),
    row("launchconfigurationname", "", "", Of("AWS::AutoScaling::LaunchConfiguration")),
    row("dbclustersnapshotidentifier", "", "", Of("AWS::RDS::DBClusterSnapshot")),
    row("egressonlyinternetgatewayid", "", "", Of("AWS::EC2::EgressOnlyInternetGateway")),
];

/// Kinds of what ARNs name, by service and type: by both.
#[rustfmt::skip]
const ARNS: &[(&str, &str, &str)] = &[
    ("acm", "certificate", "AWS::CertificateManager::Certificate"),
    ("autoscaling", "autoScalingGroup", "AWS::AutoScaling::AutoScalingGroup"),
    ("autoscaling", "launchConfiguration", "AWS::AutoScaling::LaunchConfiguration"),
    ("cloudformation", "changeSet", "AWS::CloudFormation::ChangeSet"),
    ("cloudformation", "stack", "AWS::CloudFormation::Stack"),
    ("cloudfront", "distribution", "AWS::CloudFront::Distribution"),
    ("cloudtrail", "eventdatastore", "AWS::CloudTrail::EventDataStore"),
    ("cloudtrail", "trail", "AWS::CloudTrail::Trail"),
    ("cloudwatch", "alarm", "AWS::CloudWatch::Alarm"),
    ("codebuild", "project", "AWS::CodeBuild::Project"),
    ("codecommit", "", "AWS::CodeCommit::Repository"),
    ("codepipeline", "", "AWS::CodePipeline::Pipeline"),
    ("dynamodb", "table", "AWS::DynamoDB::Table"),
    ("ec2", "customer-gateway", "AWS::EC2::CustomerGateway"),
    ("ec2", "dhcp-options", "AWS::EC2::DHCPOptions"),
    ("ec2", "elastic-ip", "AWS::EC2::EIP"),
    ("ec2", "image", "AWS::EC2::Image"),
    ("ec2", "instance", "AWS::EC2::Instance"),
    ("ec2", "internet-gateway", "AWS::EC2::InternetGateway"),
    ("ec2", "key-pair", "AWS::EC2::KeyPair"),
    ("ec2", "launch-template", "AWS::EC2::LaunchTemplate"),
    ("ec2", "natgateway", "AWS::EC2::NatGateway"),
    ("ec2", "network-acl", "AWS::EC2::NetworkAcl"),
    ("ec2", "network-interface", "AWS::EC2::NetworkInterface"),
    ("ec2", "route-table", "AWS::EC2::RouteTable"),
    ("ec2", "security-group", "AWS::EC2::SecurityGroup"),
    ("ec2", "snapshot", "AWS::EC2::Snapshot"),
    ("ec2", "subnet", "AWS::EC2::Subnet"),
    ("ec2", "transit-gateway", "AWS::EC2::TransitGateway"),
    ("ec2", "volume", "AWS::EC2::Volume"),
    ("ec2", "vpc", "AWS::EC2::VPC"),
    ("ec2", "vpc-endpoint", "AWS::EC2::VPCEndpoint"),
    ("ec2", "vpc-peering-connection", "AWS::EC2::VPCPeeringConnection"),
    ("ec2", "vpn-connection", "AWS::EC2::VPNConnection"),
    ("ec2", "vpn-gateway", "AWS::EC2::VPNGateway"),
    ("ecr", "repository", "AWS::ECR::Repository"),
    ("ecs", "cluster", "AWS::ECS::Cluster"),
    ("ecs", "service", "AWS::ECS::Service"),
    ("ecs", "task", "AWS::ECS::Task"),
    ("ecs", "task-definition", "AWS::ECS::TaskDefinition"),
    ("eks", "cluster", "AWS::EKS::Cluster"),
    ("eks", "nodegroup", "AWS::EKS::Nodegroup"),
    ("elasticache", "cluster", "AWS::ElastiCache::CacheCluster"),
    ("elasticache", "replicationgroup", "AWS::ElastiCache::ReplicationGroup"),
    ("elasticbeanstalk", "application", "AWS::ElasticBeanstalk::Application"),
    ("elasticbeanstalk", "environment", "AWS::ElasticBeanstalk::Environment"),
    ("elasticfilesystem", "file-system", "AWS::EFS::FileSystem"),
    ("elasticloadbalancing", "listener", "AWS::ElasticLoadBalancingV2::Listener"),
    ("elasticloadbalancing", "loadbalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    ("elasticloadbalancing", "targetgroup", "AWS::ElasticLoadBalancingV2::TargetGroup"),
    ("es", "domain", "AWS::Elasticsearch::Domain"),
    ("events", "event-bus", "AWS::Events::EventBus"),
    ("events", "rule", "AWS::Events::Rule"),
    ("firehose", "deliverystream", "AWS::KinesisFirehose::DeliveryStream"),
    ("glue", "database", "AWS::Glue::Database"),
    ("glue", "table", "AWS::Glue::Table"),
    ("guardduty", "detector", "AWS::GuardDuty::Detector"),
    ("iam", "group", "AWS::IAM::Group"),
    ("iam", "instance-profile", "AWS::IAM::InstanceProfile"),
    ("iam", "mfa", "AWS::IAM::VirtualMFADevice"),
    ("iam", "oidc-provider", "AWS::IAM::OIDCProvider"),
    ("iam", "policy", "AWS::IAM::Policy"),
    ("iam", "role", "AWS::IAM::Role"),
    ("iam", "saml-provider", "AWS::IAM::SAMLProvider"),
    ("iam", "server-certificate", "AWS::IAM::ServerCertificate"),
    ("iam", "user", "AWS::IAM::User"),
    ("kinesis", "stream", "AWS::Kinesis::Stream"),
    ("kms", "alias", "AWS::KMS::Alias"),
    ("kms", "key", "AWS::KMS::Key"),
    ("lambda", "event-source-mapping", "AWS::Lambda::EventSourceMapping"),
    ("lambda", "function", "AWS::Lambda::Function"),
    ("lambda", "layer", "AWS::Lambda::LayerVersion"),
    ("logs", "log-group", "AWS::Logs::LogGroup"),
    ("rds", "cluster", "AWS::RDS::DBCluster"),
    ("rds", "cluster-snapshot", "AWS::RDS::DBClusterSnapshot"),
    ("rds", "db", "AWS::RDS::DBInstance"),
    ("rds", "pg", "AWS::RDS::DBParameterGroup"),
    ("rds", "snapshot", "AWS::RDS::DBSnapshot"),
    ("rds", "subgrp", "AWS::RDS::DBSubnetGroup"),
    ("redshift", "cluster", "AWS::Redshift::Cluster"),
    ("rolesanywhere", "profile", "AWS::RolesAnywhere::Profile"),
    ("rolesanywhere", "trust-anchor", "AWS::RolesAnywhere::TrustAnchor"),
    ("route53", "hostedzone", "AWS::Route53::HostedZone"),
    ("secretsmanager", "secret", "AWS::SecretsManager::Secret"),
    ("sns", "", "AWS::SNS::Topic"),
    ("sqs", "", "AWS::SQS::Queue"),
    ("ssm", "document", "AWS::SSM::Document"),
    ("ssm", "parameter", "AWS::SSM::Parameter"),
    ("states", "execution", "AWS::StepFunctions::Execution"),
    ("states", "stateMachine", "AWS::StepFunctions::StateMachine"),
    ("sts", "assumed-role", "AWS::STS::AssumedRole"),
];

/// What ids of EC2, and of those who speak its protocol, begin with, in front of a dash.
const IDS: &[(&str, &str)] = &[
    ("acl", "AWS::EC2::NetworkAcl"),
    ("ami", "AWS::EC2::Image"),
    ("cgw", "AWS::EC2::CustomerGateway"),
    ("cmi", "AWS::EC2::Image"),
    ("dopt", "AWS::EC2::DHCPOptions"),
    ("eipalloc", "AWS::EC2::EIP"),
    ("eni", "AWS::EC2::NetworkInterface"),
    ("fl", "AWS::EC2::FlowLog"),
    ("i", "AWS::EC2::Instance"),
    ("igw", "AWS::EC2::InternetGateway"),
    ("key", "AWS::EC2::KeyPair"),
    ("lt", "AWS::EC2::LaunchTemplate"),
    ("nat", "AWS::EC2::NatGateway"),
    ("pcx", "AWS::EC2::VPCPeeringConnection"),
    ("rtb", "AWS::EC2::RouteTable"),
    ("sg", "AWS::EC2::SecurityGroup"),
    ("snap", "AWS::EC2::Snapshot"),
    ("subnet", "AWS::EC2::Subnet"),
    ("tgw", "AWS::EC2::TransitGateway"),
    ("vgw", "AWS::EC2::VPNGateway"),
    ("vol", "AWS::EC2::Volume"),
    ("vpc", "AWS::EC2::VPC"),
    ("vpce", "AWS::EC2::VPCEndpoint"),
    ("vpn", "AWS::EC2::VPNConnection"),
];

/// A member that [`ROWS`] has: where its rows begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member(usize);

/// Longest member in [`ROWS`], in bytes.
const LONGEST: usize = 27;

/// The last letters of members by their length, a bit each: most members of a request end otherwise.
const LAST: [u32; LONGEST + 1] = last_letters();

const fn last_letters() -> [u32; LONGEST + 1] {
    let mut lasts = [0; LONGEST + 1];
    let mut at = 0;
    while at < ROWS.len() {
        let member = ROWS[at].member.as_bytes();
        lasts[member.len()] |= 1 << (member[member.len() - 1] - b'a');
        at += 1;
    }
    lasts
}

/// The member of this name, in whatever case: K2 writes `InstanceId`. An `s` at the end and what follows a dot do not count:
/// `subnetIds`, `InstanceId.1`.
pub(super) fn member(name: &str) -> Option<Member> {
    let name = name.split('.').next()?;
    one(name).or_else(|| one(name.strip_suffix('s')?))
}

fn one(name: &str) -> Option<Member> {
    let letters = LAST.get(name.len())?;
    let last = name
        .as_bytes()
        .last()?
        .to_ascii_lowercase()
        .checked_sub(b'a')?;
    if letters.checked_shr(last.into())? & 1 == 0 {
        return None;
    }
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    let order = |row: &Row| {
        let lengths = row.member.len().cmp(&lower.len());
        lengths.then_with(|| row.member.as_bytes().cmp(lower))
    };
    let first = ROWS.partition_point(|row| order(row).is_lt());
    order(ROWS.get(first)?).is_eq().then_some(Member(first))
}

/// A call, as far as it says what its members name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'c> {
    name: &'c str,
    /// the first word of `eventSource`; K2's records have none
    service: Option<&'c str>,
}

impl<'c> Call<'c> {
    /// Of an event's name and source.
    pub fn new(name: &'c str, source: Option<&'c str>) -> Self {
        Self {
            name,
            service: source.and_then(|source| source.split('.').next()),
        }
    }

    /// What the member names in this call.
    pub fn kind_of(self, Member(first): Member) -> Option<Kind> {
        let rows = ROWS.get(first..)?;
        let member = rows.first()?.member;
        let mut rows = rows.iter().take_while(|row| row.member == member);
        rows.find(|row| self.fits(row)).map(|row| row.kind)
    }

    fn fits(self, row: &Row) -> bool {
        let is_service = match self.service {
            Some(service) => row.service.is_empty() || row.service == service,
            // Where nothing says whose call it is, its name must say what it is about.
            None => row.service.is_empty() || !row.word.is_empty(),
        };
        is_service && self.name.contains(row.word)
    }

    /// Whether the call's name is about things of this kind: `RunInstances` about `AWS::EC2::Instance`.
    pub fn is_about(self, kind: &str) -> bool {
        let noun = kind.rsplit(':').next().unwrap_or(kind).as_bytes();
        let mut words = self.name.as_bytes().windows(noun.len().max(1));
        words.any(|word| word.eq_ignore_ascii_case(noun))
    }
}

impl Kind {
    /// The type of what has this name.
    pub fn of(self, name: &str) -> Option<&'static str> {
        match self {
            Of(kind) => Some(kind),
            ById => {
                let (begin, _) = name.split_once('-')?;
                let at = IDS.binary_search_by(|(known, _)| (*known).cmp(begin));
                Some(IDS[at.ok()?].1)
            }
        }
    }
}

/// The type of what an ARN of this service names whose resource begins with this word.
pub(super) fn kind_of_arn(service: &str, word: &str) -> Option<&'static str> {
    let order = |(of, kind, _): &(&str, &str, &str)| (*of, *kind).cmp(&(service, word));
    let at = ARNS.binary_search_by(order).ok()?;
    Some(ARNS[at].2)
}

#[cfg(test)]
mod tests;
