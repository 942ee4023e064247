//! Checks a service registered in Consul: all agents are asked at the same moment, and quorum is proven by a read.

mod catalogue;
mod cli;
mod collect;
#[cfg_attr(not(test), expect(dead_code, unused_imports, reason = "the check does not ask name servers yet"))]
mod dns;
mod evaluate;
mod policy;
mod snapshot;

use common::{CheckError, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

/// Asks the agents and judges what they said.
///
/// # Errors
/// When the arguments or the files that they name are at fault, or our side cannot ask.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    let target = policy::Target::new(&cli, &cli::Environment::read())?;
    let policy = policy::Policy::new(&cli, &target, run.rules);
    let snapshot = collect::collect(&target, run.deadline).await?;
    Ok(evaluate::evaluate(&snapshot, &policy))
}
