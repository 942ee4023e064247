//! `check_split_dns` against the lab's real name servers: BIND in front of Consul, Unbound and dnsmasq.

mod inside;
mod names;
mod outside;
mod peers;
mod resolvers;
mod rivals;
mod servers;
mod signature;
mod whom;

use live::Check;

/// As an operator has it on any host: the servers of resolv.conf, an inside and an outside name.
const SYSTEM: Check = Check {
    service: "SPLIT_DNS",
    command: "check_split_dns -i galeradb.service.consul=127.0.0.0/8 -e www.example.org",
};
