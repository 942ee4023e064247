//! Checks name servers that serve inside and outside names: every server is asked for every name and judged by
//! what its clients would see.

mod catalogue;
mod cli;
mod collect;
mod evaluate;
mod policy;
mod probe;
mod snapshot;

use common::{CheckError, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

/// Asks the name servers and judges what they said.
///
/// # Errors
/// When the arguments or `resolv.conf` are at fault.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    let target = policy::Target::new(&cli)?;
    let policy = policy::Policy::new(&cli, &target, run.rules);
    let snapshot = collect::collect(&target, run.deadline).await;
    Ok(evaluate::evaluate(&snapshot, &policy))
}
