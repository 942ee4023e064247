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
    let mut history = cli::history(&cli, &target.key());
    let snapshot = collect::collect(&target, evaluate::is_doubtful, run.deadline).await;
    let memory = history.take().at(snapshot.at);
    let cluster = Cluster::new(&snapshot, &memory);
    let mut report = evaluate::evaluate(&cluster, &policy);
    common::stage("writing the history file");
    history.write(&memory.after(&cluster), snapshot.at);
    history.tell(&mut report);
    Ok(report)
}
