//! `check_split_dns` against the lab's real name servers: BIND in front of Consul, Unbound and dnsmasq.

mod compared;
mod external;
mod internal;
mod names;
mod peers;
mod resolv_conf;
mod resolvers;
mod servers;
mod signature;

use live::Check;

/// As on any host: the servers of resolv.conf, an internal and an external name.
const SYSTEM: Check = Check {
    service: "SPLIT_DNS",
    command: "check_split_dns -i galeradb.service.consul=127.0.0.0/8 -e www.example.org",
};
