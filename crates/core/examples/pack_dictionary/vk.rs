//! VK Cloud: calls of OpenStack's REST interfaces.

use super::random::Random;

/// Action, source, method, URI, body of the request, body of the response.
const CALLS: [(&str, &str, &str, &str, &str, &str); 14] = [
    ("vm-action", "nova", "POST", "/v2.1/servers/<uuid>/action", r#"{\"os-stop\":null}"#, ""),
    ("vm-action", "nova", "POST", "/v2.1/servers/<uuid>/action", r#"{\"addFloatingIp\":{\"address\":\"<ip>\"}}"#, ""),
    ("create-vm", "nova", "POST", "/v2.1/servers", r#"{\"server\":{\"name\":\"<word>\",\"key_name\":\"<word>\",\"flavorRef\":\"<uuid>\",\"imageRef\":\"<uuid>\",\"networks\":[{\"uuid\":\"<uuid>\"}]}}"#, r#"{\"server\": {\"security_groups\": [{\"name\": \"<uuid>\"}], \"id\": \"<uuid>\"}}"#),
    ("unknown", "magnum", "PATCH", "/infra/container/v1/nodegroups/<uuid>/actions/scale", r#"{\"delta\":-1}"#, r#"{\"uuid\": \"<uuid>\"}"#),
    ("unknown", "magnum", "DELETE", "/infra/container/v1/nodegroups/<uuid>", "<>BINARY_DATA>", "<>BINARY_DATA>"),
    ("create-volume", "cinder", "POST", "/v3/<hex>/volumes", r#"{\"volume\":{\"size\":20,\"name\":\"<word>\",\"volume_type\":\"ceph-ssd\",\"availability_zone\":\"MS1\"}}"#, r#"{\"volume\": {\"id\": \"<uuid>\", \"status\": \"creating\", \"size\": 20}}"#),
    ("delete-volume", "cinder", "DELETE", "/v3/<hex>/volumes/<uuid>", "", ""),
    ("create-floating-ip", "neutron", "POST", "/v2.0/floatingips", r#"{\"floatingip\":{\"floating_network_id\":\"<uuid>\"}}"#, r#"{\"floatingip\": {\"id\": \"<uuid>\", \"floating_ip_address\": \"<ip>\", \"status\": \"DOWN\"}}"#),
    ("create-security-group-rule", "neutron", "POST", "/v2.0/security-group-rules", r#"{\"security_group_rule\":{\"direction\":\"ingress\",\"protocol\":\"tcp\",\"port_range_min\":443,\"port_range_max\":443,\"security_group_id\":\"<uuid>\"}}"#, "{}"),
    ("create-image", "glance", "POST", "/v2/images", r#"{\"name\":\"<word>\",\"disk_format\":\"raw\",\"container_format\":\"bare\"}"#, r#"{\"id\": \"<uuid>\", \"status\": \"queued\"}"#),
    ("create-load-balancer", "octavia", "POST", "/v2/lbaas/loadbalancers", r#"{\"loadbalancer\":{\"name\":\"<word>\",\"vip_subnet_id\":\"<uuid>\"}}"#, r#"{\"loadbalancer\": {\"id\": \"<uuid>\", \"provisioning_status\": \"PENDING_CREATE\"}}"#),
    ("create-instance", "dbaas", "POST", "/v1.0/<hex>/instances", r#"{\"instance\":{\"name\":\"<word>\",\"datastore\":{\"type\":\"postgresql\",\"version\":\"14\"}}}"#, r#"{\"instance\": {\"id\": \"<uuid>\", \"status\": \"BUILD\"}}"#),
    ("add-user", "iam", "POST", "/v3/projects/<hex>/users", r#"{\"email\":\"<word>@example.com\"}"#, "{}"),
    ("create-plan", "karbor", "POST", "/v1/<hex>/plans", r#"{\"plan\":{\"name\":\"<word>\",\"resources\":[]}}"#, "{}"),
];

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36", "HashiCorp Terraform/1.4.0 (+https://www.terraform.io) Terraform Plugin SDK/2.10.1 gophercloud/2.0.0", "axios/1.4.0", "python-novaclient", "openstacksdk/1.0.1 keystoneauth1/5.1.2 python-requests/2.31.0 CPython/3.10.12",
];

pub fn record(random: &mut Random) -> String {
    let (action, source, method, uri, request, response) = *random.early(&CALLS);
    let success = *random.early(&["yes", "yes", "no"]);
    let agent = *random.early(&AGENTS);
    random.fill(&format!(
        r#"{{"action":"{action}","event_id":"<uuid>","method":"{method}","request_body":"{request}","request_id":"req-<uuid>","response_body":"{response}","source":"{source}","success":"{success}","timestamp":"<time>","uri":"{uri}","user_agent":"{agent}","user_email":"<word>@example.com","user_id":"<hex>"}}"#
    ))
}
