//! `check_consul_service` against the lab's real agents and name servers.

mod access;
mod compared;
mod dns;
mod history;
mod leader;
mod states;

use std::io;
use std::time::Duration;

use lab::Lab;
use lab::wait::wait_until;
use live::Check;

/// All three servers, without a history.
const AGENTS: Check = Check {
    service: "CONSUL",
    command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.11,127.0.0.12,127.0.0.13",
};

/// The agent beside an Icinga master, and DNS as that sees it.
const CLIENT: Check =
    Check { service: "CONSUL", command: "check_consul_service -s galeradb --expect 3 -H 127.0.0.21 --dns" };

/// Waits until the leader's autopilot, which looks every two seconds, has noticed that no server may be lost any more.
fn await_autopilot(lab: &Lab) {
    let noticed = || {
        let output = AGENTS.run(lab, &[]);
        if output.stdout.contains("may lose no server") { Ok(()) } else { Err(io::Error::other(output.stdout).into()) }
    };
    wait_until("the autopilot to notice", Duration::from_secs(60), noticed).unwrap();
}
