//! Whether the clients' `resolv.conf` names the right servers.

use std::net::{IpAddr, Ipv4Addr};

use common::{Report, wording};

use crate::catalogue::{LOCAL_STUB, NO_ATTEMPTS, SERVER_UNUSED, SERVERS_UNEXPECTED};
use crate::cli::ExpectServers;
use crate::model::Resolution;
use crate::policy::{Clients, Policy};
use crate::snapshot::Asked;

/// The addresses of systemd-resolved (systemd-resolved.service(8)).
const STUBS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53)), IpAddr::V4(Ipv4Addr::new(127, 0, 0, 54))];

pub(super) fn judge(report: &mut Report, resolution: &Resolution, policy: &Policy) {
    let servers: Vec<_> = resolution.snapshot.servers.iter().collect();
    if let Some(file) = &resolution.clients.file {
        judge_file(report, resolution.clients, file, &servers);
    }
    match &policy.expect_servers {
        Some(ExpectServers::Count(wanted)) => judge_count(report, usize::from(*wanted), servers.len()),
        Some(ExpectServers::List(wanted)) => judge_list(report, wanted, &servers),
        None => {}
    }
}

fn judge_file(report: &mut Report, clients: &Clients, file: &str, servers: &[&Asked]) {
    for line in &clients.unused {
        report.finding(&SERVER_UNUSED).words(format_args!("{file}: {}", line.words)).remedy(line.kind.remedy());
    }
    if clients.attempts == 0 {
        let said = report.finding(&NO_ATTEMPTS).words(format_args!("{file} has attempts:0: no lookup asks any server"));
        said.remedy("remove that option");
    }
    for stub in servers.iter().filter(|asked| STUBS.contains(&asked.server.address.ip())) {
        let name = &stub.server.name;
        let words = format!("{file} names the stub {name}: the real servers behind it were not asked");
        // Without a reason, because a stub is never the cause of a wrong answer.
        let said = report.finding(&LOCAL_STUB).of(*stub).words(words);
        said.remedy("--resolv-conf /run/systemd/resolve/resolv.conf has them");
    }
}

fn judge_count(report: &mut Report, wanted: usize, found: usize) {
    if found != wanted {
        let found = wording::count(found, "name server", "name servers");
        report.finding(&SERVERS_UNEXPECTED).words(format_args!("{found}, {wanted} expected")).remedy(REMEDY);
    }
}

fn judge_list(report: &mut Report, wanted: &[IpAddr], servers: &[&Asked]) {
    let is_asked = |address: &&IpAddr| servers.iter().any(|asked| asked.server.address.ip() == **address);
    let missing: Vec<_> = wanted.iter().filter(|address| !is_asked(address)).collect();
    let is_foreign = |asked: &&Asked| !wanted.contains(&asked.server.address.ip());
    let foreign: Vec<_> = servers.iter().copied().filter(is_foreign).collect();
    let addresses: Vec<_> = foreign.iter().map(|asked| asked.server.address.ip()).collect();
    let parts = [("missing", wording::list(&missing)), ("not expected", wording::list(&addresses))];
    let parts = parts.iter().filter(|(_, addresses)| !addresses.is_empty());
    let words: Vec<_> = parts.map(|(word, addresses)| format!("{word}: {addresses}")).collect();
    if !words.is_empty() {
        let said = report.finding(&SERVERS_UNEXPECTED).of_all(foreign);
        said.words(format_args!("name servers {}", words.join("; "))).remedy(REMEDY);
    }
}

const REMEDY: &str =
    "write them into resolv.conf (DHCP, resolvconf or NetworkManager may have changed it), or fix --expect-servers";
