//! The mode in which others decide by the exit code whether to send clients to a node.

use std::time::Duration;

use common::{Report, Run};

use crate::cli::Cli;
use crate::cluster::Cluster;
use crate::memory::Memory;
use crate::policy::{Policy, Target};
use crate::{collect, evaluate};

/// Who asks this every second wants to know soon; Consul waits for 30 s.
const LIMIT: Duration = Duration::from_millis(2750);

/// Asks the node once and remembers nothing.
pub(crate) async fn check(cli: &Cli, run: Run) -> Report {
    let target = match Target::new(cli) {
        Ok(target) => target,
        Err(error) => return evaluate::readiness::blind(&error, run.rules),
    };
    let policy = Policy::new(cli, run.rules);
    let snapshot = collect::collect(&target, |_| false, run.deadline.within(LIMIT)).await;
    let memory = Memory::default();
    evaluate::readiness::evaluate(&Cluster::new(&snapshot, &memory), &policy)
}
