//! Checks a service registered in Consul: all agents are asked at the same moment, quorum is proven by a read, and DNS is
//! compared with what the API says.

mod agent;
mod catalogue;
mod changes;
mod cli;
mod collect;
mod dns;
mod evaluate;
mod health;
mod memory;
mod plan;
mod policy;
mod snapshot;
mod truth;

use common::{CheckError, Deadline, Report, Run};

pub use catalogue::CATALOGUE;
pub use cli::Cli;

use collect::Agents;
use evaluate::View;
use memory::Memory;
use plan::Plan;
use policy::{Policy, Target};
use snapshot::{Doubts, Snapshot};

/// Asks the agents and judges what they said, beside what earlier runs saw.
///
/// # Errors
/// When the arguments or the files that they name are at fault, or our side cannot ask.
pub async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    let target = Target::new(&cli, &cli::Environment::read())?;
    let policy = Policy::new(&cli, &target, run.rules)?;
    let mut history = cli::history(&cli, &target.key());
    let plan = Plan::new(&cli, &target)?;
    let agents = Agents::find(&target, run.deadline).await?;
    let mut snapshot = look(&agents, &target, run.deadline).await;
    let truth = match plan {
        Some(plan) => plan.look_up(run.deadline).await.ask(&agents, &mut snapshot, &target, run.deadline).await,
        None => None,
    };
    let is_lost = history.place_is_missing().is_some();
    let memory = Memory { is_lost, ..history.take().at(snapshot.at) };
    let view = View::of(&snapshot, &target.query);
    let mut report = evaluate::evaluate(&view, &snapshot, truth.as_ref(), &memory, &policy);
    // What was not seen is not forgotten.
    if let Some(data) = &view.data {
        common::stage("writing the history file");
        let grace = truth
            .filter(|truth| truth.unsettled.is_none())
            .map(|truth| dns::grace_after(&memory.grace, &truth.comparisons, snapshot.at));
        let hold = policy.vanished_hold.as_secs_f64();
        history.write(&memory.after(&data.instances, grace, snapshot.at, hold), snapshot.at);
    }
    history.tell(&mut report);
    Ok(report)
}

/// An election takes some seconds.
const MOST_LOOKS: usize = 8;

/// Looks twice where the first look may have met a moment's work, and on while a leader has just gone.
async fn look(agents: &Agents<'_>, target: &Target, deadline: Deadline) -> Snapshot {
    let mut snapshot = agents.look().await;
    for _ in 1..MOST_LOOKS {
        let view = View::of(&snapshot, &target.query);
        let doubts = evaluate::doubts(&view, &snapshot, &target.query);
        let doubtful = !snapshot.second && doubts != Doubts::default();
        let is_worth_it = doubtful || evaluate::has_just_lost_the_leader(&view, &snapshot);
        if !is_worth_it || deadline.remaining() <= target.recheck * 2 {
            break;
        }
        tokio::time::sleep(target.recheck).await;
        let again = agents.look_again(&snapshot).await;
        let mut changes = snapshot.changes;
        changes.note_all(&snapshot.agents, &again.agents);
        snapshot = Snapshot { before: Some(doubts), changes, ..again };
    }
    if let Some(place) = evaluate::wants_access(&View::of(&snapshot, &target.query)) {
        let asked = snapshot.agents.get(place);
        snapshot.access = match asked {
            Some(asked) => agents.access(place, asked).await,
            None => None,
        };
    }
    snapshot
}
