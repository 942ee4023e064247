//! The mode in which others decide by the exit code whether to send clients to a node.

use std::time::Duration;

use common::{CheckError, Report, Run};

use crate::cli::Cli;
use crate::evaluate::readiness;
use crate::policy::{Policy, Target, TargetError};
use crate::{cli, collect, history, model};

/// A check that runs every second must end soon; Consul waits for 30 s.
const LIMIT: Duration = Duration::from_millis(2750);

/// Asks the node once. The history only tells whether its appliers stand still.
///
/// # Errors
/// When arguments contradict each other. A fault of a file is a verdict, as the file may change under a running check.
pub(crate) async fn check(cli: &Cli, run: Run) -> Result<Report, CheckError> {
    let target = match Target::new(cli) {
        Ok(target) => target,
        Err(TargetError::Arguments(error)) => return Err(error),
        Err(TargetError::Surroundings(error)) => return Ok(readiness::blind(&error, run.rules)),
    };
    let policy = Policy::new(cli, run.rules);
    let mut store = history::store(&cli::history_dirs(cli), &target.key());
    let snapshots = collect::collect(&target, |_| None, run.deadline.within(LIMIT)).await;
    let history = store.take().still_valid_at(snapshots.last().at);
    let cluster = model::cluster(snapshots.last(), &history);
    let report = readiness::evaluate(&cluster, &policy);
    store.write(&model::next_history(&cluster), cluster.at);
    Ok(report)
}
