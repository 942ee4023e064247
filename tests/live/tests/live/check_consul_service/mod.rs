//! `check_consul_service` against the lab's real agents and name servers.

mod access;
mod dns;
mod leader;
mod memory;
mod rivals;
mod states;

use live::Check;

/// All three servers, without anything remembered.
const AGENTS: Check = Check {
    service: "CONSUL",
    command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.11,127.0.0.12,127.0.0.13",
};

/// The agent beside an Icinga master, and DNS as that sees it.
const CLIENT: Check =
    Check { service: "CONSUL", command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.21 --dns" };
