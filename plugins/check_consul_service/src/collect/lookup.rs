//! The name in DNS, asked between two reads of the API.

use std::time::Duration;

use common::dns::Options;
use common::{Deadline, Pace, Recheck, Snapshots};

use super::agents::Agents;
use super::dns;
use crate::dns::{Lookup, NameServer, Questions};
use crate::name_servers::{CONSUL_PORT, NameServers};
use crate::snapshot::{Failure, Read, Snapshot};

/// How long one datagram may stay unanswered; less when little time is left. A server that is silent takes twice as long,
/// since it is asked twice.
const PATIENCE: Duration = Duration::from_secs(1);

/// With less time than this no server is asked: not even a healthy one would answer.
const LEAST: Duration = Duration::from_millis(100);

/// The time for a read of the API after that.
const SPARE: Duration = Duration::from_secs(1);

/// The time for the addresses of all agents that were given by name.
const RESOLVING: Duration = Duration::from_secs(3);

impl Agents<'_> {
    /// Asks the name servers between two reads of the API, and again while `recheck` says so. `None` without name servers,
    /// or without an answer of the API to compare with.
    pub(crate) async fn look_up(
        &self,
        snapshot: &Snapshot,
        recheck: impl Fn(&Snapshots<Lookup>) -> Option<Recheck<()>>,
    ) -> Option<Snapshots<Lookup>> {
        let name_servers = self.target.name_servers.as_ref()?;
        let read = snapshot.best()?;
        common::stage(format!("asking DNS for {}", name_servers.questions.name));
        let (servers, questions) = (servers(name_servers, self.deadline).await, &name_servers.questions);
        let lookup = async |snapshot, read| self.lookup(snapshot, read, &servers, questions).await;
        let first = lookup(snapshot.clone(), read).await;
        let again = async |last: &Lookup, ()| {
            let snapshot = last.next_snapshot(self.health(last.read).await.result);
            let read = snapshot.best().unwrap_or(last.read);
            lookup(snapshot, read).await
        };
        let pace = Pace { pause: self.target.recheck, least: patience(self.deadline).patience() };
        Some(Snapshots::settle(first, pace, self.deadline, recheck, again).await)
    }

    async fn lookup(&self, snapshot: Snapshot, read: Read, servers: &[NameServer], questions: &Questions) -> Lookup {
        common::stage(format!("asking DNS for {}", questions.name));
        if self.deadline.remaining() < LEAST {
            return Lookup { snapshot, read, answers: None, after: Err(Failure::Needless) };
        }
        let answers = dns::ask(servers, questions, &patience(self.deadline), short_of(self.deadline)).await;
        let after = self.health(read).await.result;
        Lookup { snapshot, read, answers: Some(answers), after }
    }
}

/// The name servers, with those agents that were given by name; one that has no address is no name server either.
async fn servers(name_servers: &NameServers, deadline: Deadline) -> Vec<NameServer> {
    let deadline = deadline.within(RESOLVING);
    let mut known = NameServers { hosts: Vec::new(), ..name_servers.clone() };
    for host in &name_servers.hosts {
        let found = common::resolve(host, CONSUL_PORT, deadline).await;
        for address in found.into_iter().flatten().take(1) {
            known.add_agent(&address.ip().to_string());
        }
    }
    known.servers
}

fn patience(deadline: Deadline) -> Options {
    Options { timeout: PATIENCE.min(deadline.remaining() / 6), retries: 1, checking_disabled: false }
}

/// Leaves time to read the API once more, however silent the name servers are.
fn short_of(deadline: Deadline) -> Deadline {
    let remaining = deadline.remaining();
    deadline.within(remaining.saturating_sub(SPARE.min(remaining / 4)))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Environment};
    use crate::policy::Target;

    #[test]
    fn agents_are_name_servers_once_their_addresses_are_known() {
        let cli = Cli::parse_from(["x", "-s", "web", "--dns", "127.0.0.1:8600", "--dns", "[::1]:8600"]);
        let mut known = Target::new(&cli, &Environment::default()).unwrap().name_servers.unwrap();
        known.add_agent("localhost");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let found = runtime.block_on(servers(&known, Deadline::after(Duration::from_secs(60))));
        assert_eq!(found, known.servers, "localhost is one of those");
    }
}
