//! Checks a MariaDB Galera cluster: every node is asked at the same moment, the cluster is judged as one.

mod catalogue;
mod cli;
mod collect;
mod evaluate;
mod option_file;
mod policy;
mod snapshot;

use common::{CheckError, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

/// Asks the nodes and judges what they said.
///
/// # Errors
/// When the arguments or the files that they name are at fault, or nothing could be asked.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    let target = policy::Target::new(&cli)?;
    let policy = policy::Policy::new(&cli, run.rules);
    let snapshot = collect::collect(&target, run.deadline).await;
    Ok(evaluate::evaluate(&snapshot, &policy))
}
