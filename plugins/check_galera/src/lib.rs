//! Checks a MariaDB Galera cluster: every node is asked at the same moment, the cluster is judged as one.

mod catalogue;
mod cli;
mod cluster;
mod collect;
mod evaluate;
mod facts;
mod memory;
mod option_file;
mod policy;
mod readiness;
mod snapshot;
mod tls;

use common::{CheckError, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

use cluster::Cluster;
use memory::Memory;

/// Asks the nodes and judges what they said, beside what earlier runs saw.
///
/// # Errors
/// When the arguments or the files that they name are at fault, or nothing could be asked.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    if cli.expectation.mode == Some(cli::Mode::Readiness) {
        return Ok(readiness::check(&cli, run).await);
    }
    let target = policy::Target::new(&cli)?;
    let policy = policy::Policy::new(&cli, run.rules);
    let state = cli::state_file(&cli, &target.key());
    let (memory, forgot) = match state.read::<Memory>() {
        Ok(memory) => (memory.unwrap_or_default(), None),
        Err(reason) => (Memory::default(), Some(reason)),
    };
    let snapshot = collect::collect(&target, evaluate::is_doubtful, run.deadline).await;
    let memory = memory.at(snapshot.at);
    let cluster = Cluster::new(&snapshot, &memory);
    let mut report = evaluate::evaluate(&cluster, &policy);
    // What kept us from reading often keeps us from writing too.
    common::stage("writing the state file");
    let unwritten = state.write(&memory.after(&cluster)).err().filter(|reason| Some(reason) != forgot.as_ref());
    for reason in forgot.into_iter().chain(unwritten) {
        report.remark(format_args!("nothing is remembered between runs: {}", common::text::quote(&reason)));
    }
    Ok(report)
}
