//! How a BIND resolver treats internal and external names: named.conf(5) and its zone files.

use crate::internet::PUBLIC_ZONE;
use crate::node::{FOREIGN_ADDRESS, INVENTED_ADDRESS, Node, PRIVATE_ADDRESS, PUBLIC_NAME};

const EXCEPT: &str = "validate-except { \"consul\"; };";

/// Drops answers with Consul's addresses, as operators do against rebinding.
const FILTER: &str = "deny-answer-addresses { 127.0.0.0/8; };";

/// The network of other clients.
const OTHERS: &str = "allow-recursion { 10.0.0.0/8; };";

const STALE: &str = "stale-cache-enable yes; stale-answer-enable yes;";

/// A resolver's treatment of the zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// `consul` is forwarded, and excepted from DNSSEC validation.
    Right,
    /// Not forwarded: asked of the internet's root.
    Leaked,
    /// Forwarded, but validated: the signed root proves that `consul` does not exist.
    Validated,
    /// Held by itself: another address.
    Foreign,
    /// Asked of the root whenever Consul does not answer.
    First,
    /// Likewise, and validated: what Consul answers is never good enough.
    FirstValidated,
    /// Only `service.consul` is forwarded: Consul's SOA record is then of no zone of it.
    Narrow,
    /// Forwarded, but answers with the addresses of the nodes are dropped.
    Filtered,
    /// Right, for clients of another network.
    Restricted,
    /// Forwarded; answers from the cache are given beyond their lifetime while Consul does not answer.
    Stale,
    /// Right, but every name in `com` exists.
    Invented,
    /// Every name in `consul` exists, on the internet.
    InventedInternal,
    /// Right, but the public name has an address of a private network.
    Rebound,
}

/// The files that the configurations name, and their text.
pub(crate) fn zone_files() -> [(&'static str, String); 3] {
    let host = PUBLIC_NAME.trim_end_matches(PUBLIC_ZONE).trim_end_matches('.');
    [
        ("foreign.zone", zone(&format!("galeradb.service A {FOREIGN_ADDRESS}"))),
        ("invented.zone", zone(&format!("* A {INVENTED_ADDRESS}"))),
        ("rebound.zone", zone(&format!("{host} A {PRIVATE_ADDRESS}"))),
    ]
}

fn zone(record: &str) -> String {
    format!("$TTL 0\n@ SOA ns.internet. hostmaster.internet. 1 3600 600 86400 0\n@ NS ns.internet.\n{record}\n")
}

/// named.conf(5) of a node's resolver.
pub(crate) fn configuration(node: Node, zone: Zone) -> String {
    let address = node.address();
    let options = options(zone).concat();
    let zones = zones(node, zone);
    format!(
        "options {{
    directory \"/run/lab/bind-{node}\";
    pid-file \"pid\";
    session-keyfile none;
    listen-on {{ {address}; }};
    listen-on-v6 {{ none; }};
    query-source address {address};
    recursion yes;
    dnssec-validation yes;
    {options}
}};
controls {{ }};
include \"/run/lab/anchor.conf\";
zone \".\" {{ type hint; file \"/run/lab/root.hints\"; }};
{zones}"
    )
}

fn options(zone: Zone) -> [&'static str; 2] {
    match zone {
        Zone::Validated | Zone::FirstValidated => ["", ""],
        Zone::Filtered => [EXCEPT, FILTER],
        Zone::Restricted => [EXCEPT, OTHERS],
        Zone::Stale => [EXCEPT, STALE],
        _ => [EXCEPT, ""],
    }
}

fn zones(node: Node, zone: Zone) -> String {
    let forward = |name: &str, policy: &str| {
        let address = node.address();
        format!("zone \"{name}\" {{ type forward; forward {policy}; forwarders {{ {address} port 8600; }}; }};\n")
    };
    let hold =
        |name: &str, file: &str| format!("zone \"{name}\" {{ type primary; file \"/run/lab/{file}.zone\"; }};\n");
    let right = forward("consul", "only");
    match zone {
        Zone::Right | Zone::Validated | Zone::Filtered | Zone::Restricted | Zone::Stale => right,
        Zone::Leaked => String::new(),
        Zone::Foreign => hold("consul", "foreign"),
        Zone::First | Zone::FirstValidated => forward("consul", "first"),
        Zone::Narrow => forward("service.consul", "only"),
        Zone::Invented => right + &hold("com", "invented"),
        Zone::InventedInternal => hold("consul", "invented"),
        Zone::Rebound => right + &hold(PUBLIC_ZONE, "rebound"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_treat_the_zones_differs_in_one_statement() {
        let right = configuration(Node::Db2, Zone::Right);
        assert!(right.contains("forward only; forwarders { 127.0.0.12 port 8600; }") && right.contains(EXCEPT));
        let differences = [
            (Zone::Leaked, "forwarders"),
            (Zone::Validated, EXCEPT),
            (Zone::Foreign, "forwarders"),
            (Zone::First, "forward only"),
            (Zone::FirstValidated, EXCEPT),
            (Zone::Narrow, "zone \"consul\""),
            (Zone::InventedInternal, "forwarders"),
        ];
        for (zone, lost) in differences {
            assert!(!configuration(Node::Db2, zone).contains(lost), "{zone:?}");
        }
        let additions = [
            (Zone::Filtered, FILTER),
            (Zone::Restricted, OTHERS),
            (Zone::Stale, STALE),
            (Zone::Invented, "zone \"com\""),
            (Zone::Rebound, "zone \"example.org\""),
        ];
        for (zone, added) in additions {
            assert!(configuration(Node::Db2, zone).contains(added) && !right.contains(added), "{zone:?}");
        }
    }

    #[test]
    fn the_public_name_is_rebound_in_its_own_zone() {
        let files = zone_files();
        let (_, text) = files.iter().find(|(file, _)| *file == "rebound.zone").unwrap();
        assert!(text.ends_with("\nwww A 10.0.0.66\n"), "{text}");
    }
}
