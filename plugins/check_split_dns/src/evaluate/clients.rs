//! Whether the clients are told of the right servers.

use std::net::{IpAddr, Ipv4Addr};

use common::Report;
use common::dns::Server;

use super::scene::Scene;
use crate::catalogue::{LOCAL_STUB, NO_ATTEMPTS, SERVER_UNUSED, SERVERS_UNEXPECTED};
use crate::cli::ExpectServers;
use crate::say::{count, some};

/// Where systemd-resolved listens (systemd-resolved.service(8)).
const STUBS: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53)), IpAddr::V4(Ipv4Addr::new(127, 0, 0, 54))];

pub(super) fn judge(report: &mut Report, scene: &Scene) {
    let servers: Vec<_> = scene.verdicts.iter().map(|verdict| &verdict.asked.server).collect();
    if let Some(file) = &scene.policy.clients.file {
        judge_file(report, scene, file, &servers);
    }
    match &scene.policy.expect_servers {
        Some(ExpectServers::Count(wanted)) => judge_count(report, usize::from(*wanted), &servers),
        Some(ExpectServers::List(wanted)) => judge_list(report, wanted, &servers),
        None => {}
    }
}

fn judge_file(report: &mut Report, scene: &Scene, file: &str, servers: &[&Server]) {
    for line in &scene.policy.clients.vain {
        report.finding(&SERVER_UNUSED, format!("{file}: {}", line.words), line.kind.remedy());
    }
    if scene.policy.clients.attempts == 0 {
        report.finding(&NO_ATTEMPTS, format!("{file} has attempts:0: no lookup asks any server"), "remove that option");
    }
    for stub in servers.iter().filter(|server| STUBS.contains(&server.address.ip())) {
        report.finding(
            &LOCAL_STUB,
            format!("{file} names the stub {}: the real servers behind it were not asked", stub.name),
            "--resolv-conf /run/systemd/resolve/resolv.conf has them",
        );
    }
}

fn judge_count(report: &mut Report, wanted: usize, servers: &[&Server]) {
    if servers.len() != wanted {
        let sentence = format!("{}, {wanted} expected", count(servers.len(), "name server"));
        report.finding(&SERVERS_UNEXPECTED, sentence, remedy());
    }
}

fn judge_list(report: &mut Report, wanted: &[IpAddr], servers: &[&Server]) {
    let asked: Vec<_> = servers.iter().map(|server| server.address.ip()).collect();
    let missing: Vec<_> = wanted.iter().filter(|address| !asked.contains(address)).collect();
    let foreign: Vec<_> = asked.iter().filter(|address| !wanted.contains(address)).collect();
    let parts = [("missing", missing), ("not expected", foreign)];
    let parts = parts.iter().filter(|(_, addresses)| !addresses.is_empty());
    let words: Vec<_> = parts.map(|(word, addresses)| format!("{word}: {}", some(addresses))).collect();
    if !words.is_empty() {
        report.finding(&SERVERS_UNEXPECTED, format!("name servers {}", words.join("; ")), remedy());
    }
}

fn remedy() -> &'static str {
    "write them into resolv.conf (DHCP, resolvconf or NetworkManager may have changed it), or mend --expect-servers"
}
