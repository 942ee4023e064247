//! Checks name servers that serve internal and external names: every server is asked for every name, and judged by what
//! its clients get.

mod catalogue;
mod cli;
mod collect;
mod evaluate;
mod expect;
mod model;
mod name;
mod net;
mod policy;
mod probe;
mod record;
mod snapshot;
mod subject;

use common::{CheckError, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

use model::Resolution;
use policy::{Policy, Target};
use snapshot::Snapshot;

/// Asks the name servers, asks again for what is doubtful, and judges the answers.
///
/// # Errors
/// When the arguments or `resolv.conf` cannot be used.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    let target = Target::new(&cli)?;
    let policy = Policy::new(&cli, &target, run.rules);
    let recheck = |snapshot: &Snapshot| Resolution::of(snapshot, &target).recheck();
    let snapshots = collect::collect(&target, recheck, run.deadline).await;
    let before_recheck = snapshots.before_recheck().map(|first| Resolution::of(first, &target));
    let last = Resolution::of(snapshots.last(), &target);
    Ok(evaluate::evaluate(before_recheck.as_ref(), &last, &policy))
}
