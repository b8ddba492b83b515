//! What a path of OpenStack's REST interfaces names: `/v2.1/PROJECT/servers/ID/action` a server.

use std::borrow::Cow;

use crate::event::fields::{ResourceField, ResourceSource};

/// Collections of a service, `""` being any, and the type of what is in them, in the words of OpenStack's orchestration (its
/// `OS::` types, and alike where that has none).
const COLLECTIONS: &[(&str, &str, &str)] = &[
    ("", "backups", "OS::Cinder::Backup"),
    ("", "clusters", "OS::Magnum::Cluster"),
    ("", "clustertemplates", "OS::Magnum::ClusterTemplate"),
    ("", "domains", "OS::Keystone::Domain"),
    ("", "firewall_groups", "OS::Neutron::FirewallGroup"),
    ("", "flavors", "OS::Nova::Flavor"),
    ("", "floatingips", "OS::Neutron::FloatingIP"),
    ("", "groups", "OS::Keystone::Group"),
    ("", "healthmonitors", "OS::Octavia::HealthMonitor"),
    ("", "images", "OS::Glance::Image"),
    ("", "l7policies", "OS::Octavia::L7Policy"),
    ("", "listeners", "OS::Octavia::Listener"),
    ("", "loadbalancers", "OS::Octavia::LoadBalancer"),
    ("", "members", "OS::Octavia::PoolMember"),
    ("", "networks", "OS::Neutron::Net"),
    ("", "nodegroups", "OS::Magnum::NodeGroup"),
    ("", "os-keypairs", "OS::Nova::KeyPair"),
    ("", "os-server-groups", "OS::Nova::ServerGroup"),
    ("", "os-volume_attachments", "OS::Cinder::VolumeAttachment"),
    ("", "plans", "OS::Karbor::Plan"),
    ("", "pools", "OS::Octavia::Pool"),
    ("", "ports", "OS::Neutron::Port"),
    ("", "roles", "OS::Keystone::Role"),
    ("", "routers", "OS::Neutron::Router"),
    ("", "scheduled_operations", "OS::Karbor::ScheduledOperation"),
    ("", "security-group-rules", "OS::Neutron::SecurityGroupRule"),
    ("", "security-groups", "OS::Neutron::SecurityGroup"),
    ("", "servers", "OS::Nova::Server"),
    ("", "snapshots", "OS::Cinder::Snapshot"),
    ("", "subnets", "OS::Neutron::Subnet"),
    ("", "triggers", "OS::Karbor::Trigger"),
    ("", "types", "OS::Cinder::VolumeType"),
    ("", "users", "OS::Keystone::User"),
    ("", "volumes", "OS::Cinder::Volume"),
    ("dbaas", "backups", "OS::Trove::Backup"),
    ("dbaas", "clusters", "OS::Trove::Cluster"),
    ("dbaas", "configurations", "OS::Trove::Configuration"),
    ("dbaas", "databases", "OS::Trove::Database"),
    ("dbaas", "instances", "OS::Trove::Instance"),
    ("dbaas", "users", "OS::Trove::User"),
];

/// What stands behind a collection and is nothing in it.
const NO_NAMES: [&str; 5] = ["action", "actions", "defaults", "detail", "summary"];

/// Most resources of a path: each is in the one before.
const MOST: usize = 4;

fn kind(service: &str, collection: &str) -> Option<&'static str> {
    let at = |service: &str| {
        COLLECTIONS.binary_search_by(|(of, name, _)| (*of, *name).cmp(&(service, collection)))
    };
    let at = at(service).or_else(|_| at("")).ok()?;
    Some(COLLECTIONS[at].2)
}

/// What a path names: in each collection the thing that stands behind it, or, where none does, the collection's type alone.
/// Projects are none: every path may have one.
pub fn of_uri<'a>(uri: &Cow<'a, str>, service: Option<&str>) -> Vec<ResourceField<'a>> {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    // An absolute one has its host in front.
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
    let mut found = Vec::new();
    while let Some(part) = parts.next() {
        let Some(kind) = kind(service.unwrap_or_default(), part) else {
            continue;
        };
        if found.len() == MOST {
            break;
        }
        let name = parts.next_if(|next| !NO_NAMES.contains(next));
        found.push(ResourceField {
            name: name.and_then(|name| part_of(uri, name)),
            kind: Some(Cow::Borrowed(kind)),
            source: ResourceSource::Uri,
        });
    }
    found
}

/// A part of the text, borrowed where the text is.
fn part_of<'a>(text: &Cow<'a, str>, part: &str) -> Option<Cow<'a, str>> {
    match text {
        Cow::Borrowed(text) => {
            let place = crate::event::splice::place_of(text, part)?;
            Some(Cow::Borrowed(&text[place]))
        }
        Cow::Owned(_) => Some(Cow::Owned(part.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(uri: &str, service: &str) -> Vec<String> {
        let all = of_uri(&uri.into(), Some(service));
        let owned = of_uri(&uri.to_owned().into(), Some(service));
        assert_eq!(all, owned);
        let text = |one: ResourceField<'_>| {
            let kind = one.kind.unwrap_or_default();
            format!(
                "{}={}",
                kind.trim_start_matches("OS::"),
                one.name.unwrap_or_default()
            )
        };
        all.into_iter().map(text).collect()
    }

    #[test]
    fn collections_are_in_order() {
        assert!(COLLECTIONS.is_sorted_by(|one, next| (one.0, one.1) < (next.0, next.1)));
    }

    #[test]
    fn a_path_names_what_stands_behind_a_collection() {
        let expected: [(&str, &str, &[&str]); 15] = [
            ("nova", "/v2.1/servers", &["Nova::Server="]),
            ("nova", "/v2.1/servers/detail?limit=1", &["Nova::Server="]),
            (
                "nova",
                "/v2.1/b5b7ffd4ef3c4d1c9a2e/servers/6f1c/action",
                &["Nova::Server=6f1c"],
            ),
            (
                "nova",
                "/v2.1/servers/6f1c/os-volume_attachments/0d1e",
                &["Nova::Server=6f1c", "Cinder::VolumeAttachment=0d1e"],
            ),
            (
                "magnum",
                "/infra/container/v1/clusters/9b8a/nodegroups/workers/actions/scale",
                &["Magnum::Cluster=9b8a", "Magnum::NodeGroup=workers"],
            ),
            (
                "iam",
                "/v3/projects/b5b7ffd4ef3c4d1c9a2e/users/pavel/roles/member",
                &["Keystone::User=pavel", "Keystone::Role=member"],
            ),
            (
                "dbaas",
                "/v1.0/b5b7/instances/1/users/app",
                &["Trove::Instance=1", "Trove::User=app"],
            ),
            ("dbaas", "/v1.0/backups", &["Trove::Backup="]),
            ("cinder", "/v3/b5b7/backups/2", &["Cinder::Backup=2"]),
            (
                "karbor",
                "/v1/b5b7ffd4ef3c4d1c9a2e/plans",
                &["Karbor::Plan="],
            ),
            (
                "octavia",
                "https://octavia.example.test:9876/v2/lbaas/pools/1/members/2",
                &["Octavia::Pool=1", "Octavia::PoolMember=2"],
            ),
            ("nova", "/v2.1/servers//", &["Nova::Server="]),
            ("nova", "/v2.1/limits", &[]),
            ("nova", "", &[]),
            ("", &"/servers/1".repeat(9), &["Nova::Server=1"; MOST]),
        ];
        for (service, uri, resources) in expected {
            assert_eq!(named(uri, service), resources, "{uri}");
        }
    }
}
