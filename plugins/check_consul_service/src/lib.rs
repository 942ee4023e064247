//! Checks a service registered in Consul: all agents are asked at the same moment, quorum is proven by a read, and DNS is
//! compared with what the API says.

mod agent;
mod catalogue;
mod cli;
mod collect;
mod dns;
mod evaluate;
mod history;
mod model;
mod name_servers;
mod policy;
mod query;
mod snapshot;

use common::{CheckError, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

use collect::Agents;
use history::History;
use model::Service;
use policy::{Policy, Target};

/// Asks the agents and the name servers, and judges their answers with what earlier runs saw.
///
/// # Errors
/// When the arguments or the files that they name are wrong, or this host cannot ask.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    let target = Target::new(&cli, &cli::Environment::read())?;
    let policy = Policy::new(&cli, &target, run.rules)?;
    let mut store = history::store(&cli::history_dirs(&cli), &target.key());
    let agents = Agents::find(&target, run.deadline).await?;
    let snapshots = agents.ask(|snapshots| model::recheck(snapshots, &target)).await;
    let lookups = agents.look_up(snapshots.last(), |lookups| model::recheck_dns(lookups, &target)).await;
    let history = History::read(&mut store, snapshots.last().at);
    let before_recheck = snapshots.before_recheck().map(|first| Service::new(first, &history, &target.query));
    let last = Service::last(&snapshots, lookups.as_ref(), &history, &target);
    let mut report = evaluate::evaluate(before_recheck.as_ref(), &last, &policy);
    if let Some(next) = last.next_history(policy.vanished_hold) {
        common::stage("writing the history file");
        store.write(&next, last.snapshot.at);
    }
    store.tell(&mut report);
    Ok(report)
}
