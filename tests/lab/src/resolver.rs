//! Resolvers of other makers, beside BIND and only on request: each forwards `consul` to db1's Consul.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::daemon::Daemon;
use crate::dns::{self, Answer, PORT};
use crate::node::{DNSMASQ, Node, SERVICE_NAME, UNBOUND};
use crate::programs;
use crate::sandbox::{ROOT, Sandbox};
use crate::wait::wait_until;

const LIMIT: Duration = Duration::from_secs(120);

/// How Unbound is configured. It resolves external names itself, and validates them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unbound {
    /// Correctly.
    Right,
    /// `consul` is validated: there is no `domain-insecure`.
    Validated,
    /// It asks no server on this machine: there is no `do-not-query-localhost: no`.
    NoLocalhost,
    /// `private-address` with the nodes' addresses: those are left out of answers.
    PrivateAddress,
}

/// How dnsmasq is configured. The three BINDs resolve external names for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dnsmasq {
    /// Correctly.
    Right,
    /// `stop-dns-rebind` without `rebind-domain-ok`.
    RebindStop,
}

/// A kind of resolver.
#[derive(Clone, Copy)]
struct Kind {
    program: &'static str,
    address: &'static str,
}

const UNBOUND_KIND: Kind = Kind { program: "unbound", address: UNBOUND };

const DNSMASQ_KIND: Kind = Kind { program: "dnsmasq", address: DNSMASQ };

/// Starts Unbound with an empty cache, and waits until it answers by its configuration.
pub(crate) fn unbound(sandbox: &Sandbox, configured: Unbound) -> Result<()> {
    let daemon = UNBOUND_KIND.daemon(sandbox);
    let file = daemon.inside("unbound.conf");
    sandbox.write("unbound/unbound.conf", &unbound_conf(configured))?;
    UNBOUND_KIND.start(sandbox, &["-d".to_owned(), "-p".to_owned(), "-c".to_owned(), file], |answer| match configured {
        Unbound::Right => !answer.addresses.is_empty(),
        Unbound::Validated | Unbound::NoLocalhost => answer.code == "SERVFAIL",
        Unbound::PrivateAddress => answer.code == "NOERROR" && answer.addresses.is_empty(),
    })
}

/// Starts dnsmasq, likewise.
pub(crate) fn dnsmasq(sandbox: &Sandbox, configured: Dnsmasq) -> Result<()> {
    DNSMASQ_KIND.start(sandbox, &dnsmasq_options(configured), |answer| {
        answer.code == "NOERROR" && answer.addresses.is_empty() == (configured == Dnsmasq::RebindStop)
    })
}

/// Ends them, where they run.
pub(crate) fn end(sandbox: &Sandbox) -> Result<()> {
    [UNBOUND_KIND, DNSMASQ_KIND].into_iter().try_for_each(|kind| kind.daemon(sandbox).kill())
}

impl Kind {
    fn daemon(self, sandbox: &Sandbox) -> Daemon<'_> {
        Daemon::new(sandbox, self.program, self.program.to_owned())
    }

    fn start(self, sandbox: &Sandbox, options: &[String], right: impl Fn(&Answer) -> bool) -> Result<()> {
        let Self { program, address } = self;
        let daemon = self.daemon(sandbox);
        daemon.kill()?;
        daemon.write("log", "")?;
        // A copy: AppArmor confines the original by its path.
        fs::copy(programs::find(program).with_context(|| format!("no {program}"))?, daemon.file(program))?;
        daemon.start(&daemon.inside(program), options)?;
        wait_until(&format!("{program} to answer by its configuration"), LIMIT, || {
            let answer = dns::ask(sandbox, address, PORT, SERVICE_NAME)?;
            ensure!(right(&answer), "it answers {answer}");
            Ok(())
        })
        .map_err(|error| daemon.explain(&error))
    }
}

fn unbound_conf(configured: Unbound) -> String {
    let insecure = "domain-insecure: \"consul\"\n";
    let localhost = "do-not-query-localhost: no\n";
    let statements = match configured {
        Unbound::Right => [insecure, localhost, ""],
        Unbound::Validated => [localhost, "", ""],
        Unbound::NoLocalhost => [insecure, "", ""],
        Unbound::PrivateAddress => [insecure, localhost, "private-address: 127.0.0.0/8\n"],
    };
    let consul = Node::Db1.address();
    format!(
        "server:
directory: \"{ROOT}/unbound\"
chroot: \"\"
username: \"\"
pidfile: \"\"
use-syslog: no
interface: {UNBOUND}
do-ip6: no
ede: yes
root-hints: \"{ROOT}/root.hints\"
trust-anchor-file: \"{ROOT}/internet/anchor.key\"
{}forward-zone:
name: \"consul\"
forward-addr: {consul}@8600
",
        statements.concat()
    )
}

fn dnsmasq_options(configured: Dnsmasq) -> Vec<String> {
    // As a daemon it would change its group, which an ordinary user's namespace does not let it.
    let fixed = ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--bind-interfaces"];
    let stop: &[_] = if configured == Dnsmasq::RebindStop { &["--stop-dns-rebind"] } else { &[] };
    let fixed = fixed.iter().chain(stop).map(|&option| option.to_owned());
    let addresses = [format!("--listen-address={DNSMASQ}"), format!("--server=/consul/{}#8600", Node::Db1.address())];
    fixed.chain(addresses).chain(Node::ALL.map(|node| format!("--server={}", node.address()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_differs_from_the_right_one_in_one_statement() {
        let has = |configured, statement| unbound_conf(configured).contains(statement);
        for (configured, statement) in [(Unbound::Validated, "domain-insecure"), (Unbound::NoLocalhost, "do-not-query")]
        {
            assert!(has(Unbound::Right, statement) && !has(configured, statement), "{configured:?}");
        }
        assert!(!has(Unbound::Right, "private-address") && has(Unbound::PrivateAddress, "private-address"));
        let right = dnsmasq_options(Dnsmasq::Right);
        assert_eq!(dnsmasq_options(Dnsmasq::RebindStop).len(), right.len() + 1);
    }
}
