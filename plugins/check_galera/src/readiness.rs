//! The mode in which others decide by the exit code whether to send clients to a node.

use std::time::Duration;

use common::{CheckError, Report, Run};

use crate::cli::Cli;
use crate::evaluate::readiness;
use crate::history::History;
use crate::policy::{Policy, Target};
use crate::{collect, model};

/// A check that runs every second must end soon; Consul waits for 30 s.
const LIMIT: Duration = Duration::from_millis(2750);

/// Asks the node once, without a history.
pub(crate) async fn check(cli: &Cli, run: Run) -> Report {
    let target = match target(cli) {
        Ok(target) => target,
        Err(error) => return readiness::blind(&error, run.rules),
    };
    let policy = Policy::new(cli, run.rules);
    let snapshots = collect::collect(&target, |_| None, run.deadline.within(LIMIT)).await;
    let history = History::default();
    readiness::evaluate(&model::cluster(snapshots.last(), &history), &policy)
}

/// The one node: another that does not serve must not take this one out.
fn target(cli: &Cli) -> Result<Target, CheckError> {
    let target = Target::new(cli)?;
    if target.nodes.len() > 1 || target.discover.is_some() {
        return Err(CheckError::local("--mode readiness is about one node", "give one --socket or --hostname"));
    }
    Ok(target)
}
