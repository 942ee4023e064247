//! Checks name servers that serve inside and outside names: every server is asked for every name and judged by
//! what its clients would see.

mod catalogue;
mod cli;
mod collect;
mod evaluate;
mod expect;
mod net;
mod policy;
mod probe;
mod record;
mod snapshot;
mod subject;

use common::{CheckError, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

/// Asks the name servers, once more where that leaves doubts, and judges what they said.
///
/// # Errors
/// When the arguments or `resolv.conf` are at fault.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    let target = policy::Target::new(&cli)?;
    let policy = policy::Policy::new(&cli, &target, run.rules);
    let mut snapshot = collect::collect(&target, run.deadline).await;
    let doubts = evaluate::doubts(&snapshot, &policy);
    if !doubts.is_empty() {
        collect::look_again(&mut snapshot, &doubts, &target, run.deadline).await;
    }
    Ok(evaluate::evaluate(&snapshot, &policy))
}
