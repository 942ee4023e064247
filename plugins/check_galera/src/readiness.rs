//! The mode in which others decide by the exit code whether to send clients to a node.

use std::time::Duration;

use common::{CheckError, Report, Run};

use crate::cli::Cli;
use crate::cluster::Cluster;
use crate::memory::Memory;
use crate::policy::{Policy, Target};
use crate::{collect, evaluate};

/// Who asks this every second wants to know soon; Consul waits for 30 s.
const LIMIT: Duration = Duration::from_millis(2750);

/// The one node: another that does not serve must not take this one out.
fn target(cli: &Cli) -> Result<Target, CheckError> {
    let target = Target::new(cli)?;
    if target.nodes.len() > 1 || target.discover.is_some() {
        return Err(CheckError::local("--mode readiness is about one node", "give one --socket or --hostname"));
    }
    Ok(target)
}

/// Asks the node once and remembers nothing.
pub(crate) async fn check(cli: &Cli, run: Run) -> Report {
    let target = match target(cli) {
        Ok(target) => target,
        Err(error) => return evaluate::readiness::blind(&error, run.rules),
    };
    let policy = Policy::new(cli, run.rules);
    let snapshot = collect::collect(&target, |_| false, run.deadline.within(LIMIT)).await;
    let memory = Memory::default();
    evaluate::readiness::evaluate(&Cluster::new(&snapshot, &memory), &policy)
}
