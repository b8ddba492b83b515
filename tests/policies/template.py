"""The roles of template.yaml as the emulator's evaluator takes them: intrinsics resolved, resources named as in the template."""

from pathlib import Path

import yaml
from ministack.core import iam_evaluator

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION = "123456789012", "us-east-1"
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "activity-log",
}
ARNS = {
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
}


class _Loader(yaml.SafeLoader):
    pass


def _intrinsic(loader, suffix, node):
    build = {yaml.ScalarNode: "construct_scalar", yaml.SequenceNode: "construct_sequence", yaml.MappingNode: "construct_mapping"}
    value = getattr(loader, build[type(node)])(node, **({} if isinstance(node, yaml.ScalarNode) else {"deep": True}))
    return {suffix: value}


_Loader.add_multi_constructor("!", _intrinsic)


class Template:
    """template.yaml with these parameters; the others have their defaults, or their own name where they have none."""

    def __init__(self, **parameters):
        self.document = yaml.load((ROOT / "template.yaml").read_text(), _Loader)
        declared = self.document["Parameters"].items()
        self.parameters = {name: parameters.get(name, one.get("Default", name)) for name, one in declared}

    def resources(self, type):
        return {name: one for name, one in self.document["Resources"].items() if one["Type"] == type}

    def arn(self, name):
        """Of a resource, by its name in the template."""
        return ARNS[self.document["Resources"][name]["Type"]].format(name)

    def functions(self):
        """Names of functions, as in their role's name; each has one of its own."""
        roles = [one["Properties"]["Role"]["GetAtt"] for one in self.resources("AWS::Serverless::Function").values()]
        assert len(roles) == len(set(roles))
        return [role.removesuffix("Role.Arn") for role in roles]

    def policies(self, function):
        """The role's policies, parsed."""
        role = self.document["Resources"][f"{function}Role"]["Properties"]
        documents = [self.resolve(policy["PolicyDocument"]) for policy in role["Policies"]]
        return [iam_evaluator.parse_policy_document(document) for document in documents]

    def queue_policies(self, queue):
        """Statements of the policies of a queue, resolved."""
        found = [one["Properties"] for one in self.resources("AWS::SQS::QueuePolicy").values() if {"Ref": queue} in one["Properties"]["Queues"]]
        return [statement for one in found for statement in self.resolve(one["PolicyDocument"])["Statement"]]

    def resolve(self, node):
        if isinstance(node, list):
            resolved = (self.resolve(one) for one in node)
            return [one for one in resolved if one != {"Ref": "AWS::NoValue"}]
        if not isinstance(node, dict):
            return node
        match list(node.items()):
            case [("Ref", "AWS::NoValue")]:
                return node
            case [("Ref", name)]:
                return PSEUDO.get(name) or self.parameters.get(name, name)
            case [("GetAtt", text)]:
                name, attribute = text.split(".")
                return self.arn(name) if attribute == "Arn" else text
            case [("Sub", [text, given])]:
                return self._substitute(self.given(text, given))
            case [("Sub", text)]:
                return self._substitute(text)
            case [("If", [condition, yes, no])]:
                return self.resolve(yes if self.holds({"Condition": condition}) else no)
        return {name: self.resolve(value) for name, value in node.items()}

    def given(self, text, values):
        """A text of Fn::Sub with the values that stand beside it."""
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", str(self.resolve(value)))
        return text

    def _substitute(self, text):
        for part in text.split("${")[1:]:
            name = part.split("}")[0]
            kind = "GetAtt" if "." in name else "Ref"
            text = text.replace(f"${{{name}}}", str(self.resolve({kind: name})))
        return text

    def holds(self, condition):
        match list(condition.items()):
            case [("Condition", name)]:
                return self.holds(self.document["Conditions"][name])
            case [("Equals", pair)]:
                one, other = self.resolve(pair)
                return str(one) == str(other)
            case [("Not", [one])]:
                return not self.holds(one)
            case [("Or", several)]:
                return any(map(self.holds, several))
            case [("And", several)]:
                return all(map(self.holds, several))
        raise NotImplementedError(condition)


def allows(policies, action, arn, context):
    """Whether these policies let a role do it; `context` has the request's condition keys."""
    role = f"arn:aws:sts::{ACCOUNT}:assumed-role/role/session"
    keys = {name.lower(): value for name, value in context.items() if value is not None}
    asked = iam_evaluator.EvalContext(role, "AssumedRole", ACCOUNT, action, arn, REGION, secure_transport=True, service_context=keys)
    return iam_evaluator.evaluate(asked, policies).decision == "Allow"


def denied_by_queue(template, queue, action, role):
    """Whether the queue's own policy refuses the role, whatever its own policies allow."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    asked = iam_evaluator.EvalContext(arn, "AssumedRole", ACCOUNT, action, template.arn(queue), REGION, secure_transport=True)
    policy = {"Statement": template.queue_policies(queue)}
    return iam_evaluator.evaluate_resource_policy(policy, asked).decision == "Deny"
