//! Checks a MariaDB Galera cluster: every node is asked at the same moment, the cluster is judged as one.

mod catalogue;
mod class;
mod cli;
mod collect;
mod evaluate;
mod history;
mod model;
mod option_file;
mod policy;
mod readiness;
mod snapshot;
mod tls;

use common::{CheckError, Recheck, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

use history::History;
use policy::{Policy, Target};
use snapshot::Snapshot;

/// Asks the nodes and judges the cluster, beside what earlier runs saw.
///
/// # Errors
/// When the arguments or the files that they name are wrong, or nothing could be asked.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    if cli.expectation.mode == Some(cli::Mode::Readiness) {
        return readiness::check(&cli, run).await;
    }
    let target = Target::new(&cli)?;
    let policy = Policy::new(&cli, run.rules);
    let mut store = history::store(&cli::history_dirs(&cli), &target.key());
    let snapshots = collect::collect(&target, recheck, run.deadline).await;
    let history = store.take().still_valid_at(snapshots.last().at);
    let before_recheck = snapshots.before_recheck().map(|snapshot| model::cluster(snapshot, &history));
    let cluster = model::cluster(snapshots.last(), &history);
    let mut report = evaluate::evaluate(before_recheck.as_ref(), &cluster, &policy);
    common::stage("writing the history file");
    store.write(&model::next_history(&cluster), cluster.at);
    store.tell(&mut report);
    Ok(report)
}

/// The second look that a snapshot needs, whatever earlier runs saw.
fn recheck(snapshot: &Snapshot) -> Option<Recheck<()>> {
    model::cluster(snapshot, &History::default()).recheck()
}
