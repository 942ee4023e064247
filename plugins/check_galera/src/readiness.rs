//! The mode in which others decide by the exit code whether to send clients to a node.

use std::time::Duration;

use common::{CheckError, Report, Run};

use crate::cli::Cli;
use crate::evaluate::readiness;
use crate::policy::{Policy, Target};
use crate::{cli, collect, history, model};

/// A check that runs every second must end soon; Consul waits for 30 s.
const LIMIT: Duration = Duration::from_millis(2750);

/// Asks the node once. The history only tells whether its appliers stand still.
pub(crate) async fn check(cli: &Cli, run: Run) -> Report {
    let target = match target(cli) {
        Ok(target) => target,
        Err(error) => return readiness::blind(&error, run.rules),
    };
    let policy = Policy::new(cli, run.rules);
    let mut store = history::store(&cli::history_dirs(cli), &target.key());
    let snapshots = collect::collect(&target, |_| None, run.deadline.within(LIMIT)).await;
    let history = store.take().still_valid_at(snapshots.last().at);
    let cluster = model::cluster(snapshots.last(), &history);
    let report = readiness::evaluate(&cluster, &policy);
    store.write(&model::next_history(&cluster), cluster.at);
    report
}

/// The one node: another that does not serve must not take this one out.
fn target(cli: &Cli) -> Result<Target, CheckError> {
    let target = Target::new(cli)?;
    if target.nodes.len() > 1 || target.discover.is_some() {
        return Err(CheckError::local("--mode readiness is about one node", "give one --socket or --hostname"));
    }
    Ok(target)
}
