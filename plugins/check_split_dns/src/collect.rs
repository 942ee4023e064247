//! Asks every server for every name at once.

use common::Deadline;
use common::dns::{self, Options, Outcome, Question, Reply, Server, Transport};
use tokio::task::JoinHandle;

use crate::policy::Target;
use crate::probe::Probe;
use crate::snapshot::{Asked, Lookup, Snapshot};

/// Asks every server for both kinds of addresses of every name, all at the same moment.
pub(crate) async fn collect(target: &Target, deadline: Deadline) -> Snapshot {
    let names: Vec<_> = target.servers.iter().map(|server| server.name.as_str()).collect();
    common::stage(format!("asking {}", names.join(", ")));
    let patience = target.options.patience().min(deadline.remaining());
    let start = |probe: &Probe, server: &Server| {
        let start = |question: &Question| start(server, question.clone(), target.options, deadline);
        (start(&probe.a), start(&probe.aaaa))
    };
    // All tasks run before the first is waited for.
    let started = |server| target.probes.iter().map(|probe| start(probe, server)).collect::<Vec<_>>();
    let asking: Vec<_> = target.servers.iter().map(|server| (server, started(server))).collect();
    let mut servers = Vec::new();
    for (server, tasks) in asking {
        let mut lookups = Vec::new();
        for (a, aaaa) in tasks {
            lookups.push(Lookup { a: finish(a).await, aaaa: finish(aaaa).await });
        }
        servers.push(Asked { server: server.clone(), lookups });
    }
    Snapshot { servers, patience }
}

fn start(server: &Server, question: Question, options: Options, deadline: Deadline) -> JoinHandle<Reply> {
    let address = server.address;
    tokio::spawn(async move { dns::ask(address, &question, &options, deadline).await })
}

async fn finish(task: JoinHandle<Reply>) -> Reply {
    task.await.unwrap_or_else(|error| {
        let outcome = Outcome::LocalError(error.to_string());
        Reply { outcome, transport: Transport::Udp, sent: 0, lost: 0, rtt: None }
    })
}
