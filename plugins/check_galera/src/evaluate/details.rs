//! Details of each node's answer, for `-vv` and `-vvv`.

use common::{Level, Number, Report, text, wording};

use crate::model::{Cluster, Node};
use crate::snapshot::facts::Facts;
use crate::snapshot::{Answer, FailureKind, Outcome};

pub(super) fn write(report: &mut Report, cluster: &Cluster) {
    report.details(Level::Verbose, || open_password(cluster));
    for node in &cluster.nodes {
        let Outcome::Answered(answer) = &node.asked.outcome else { continue };
        report.details(Level::Requests, || [summary(node, answer)]);
        report.details(Level::Raw, || raw(node, &answer.facts));
    }
}

/// The addresses that could have got the password: those to which a connection was made.
fn open_password(cluster: &Cluster) -> Option<String> {
    let was_reached = |node: &&Node| match &node.asked.outcome {
        Outcome::Failed(failure) => failure.kind != FailureKind::PortClosed,
        Outcome::OwnSide(_) => false,
        Outcome::Answered(_) | Outcome::AccessDenied(_) | Outcome::NotTrusted(_) => true,
    };
    let reached: Vec<_> = cluster.nodes.iter().filter(was_reached).map(Node::address).collect();
    let is_told = cluster.has_open_password && !reached.is_empty();
    let who = wording::list(&reached);
    is_told.then(|| format!("the password could have been read by whoever answers at {who}: no verified TLS"))
}

fn raw(node: &Node, facts: &Facts) -> Vec<String> {
    let address = node.address();
    let rows = facts.rows.iter().filter(|(name, _)| *name != "wsrep_provider_options");
    let rows = rows.map(|(name, value)| format!("{address}: {} = {}", text::quote(name), text::quote(value)));
    let options = facts.setting("wsrep_provider_options").unwrap_or_default();
    let options = options.split(';').map(str::trim).filter(|option| !option.is_empty());
    let options = options.map(|option| format!("{address}: provider option {}", text::quote(option)));
    rows.chain(options).collect()
}

fn summary(node: &Node, answer: &Answer) -> String {
    let facts = &answer.facts;
    let known = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
    let component = facts.view.component.map_or_else(|| "unknown".to_owned(), |component| format!("{component:?}"));
    let uuid = text::quote(facts.view.uuid.as_deref().unwrap_or("unknown"));
    let version = text::quote(facts.versions.server.as_deref().unwrap_or("unknown"));
    let flush_log = known(facts.flush_log);
    let durability = format!("innodb_flush_log_at_trx_commit {flush_log}");
    let extra = if answer.by_extra_port { ", by the extra port" } else { "" };
    format!(
        "{}: asked SHOW GLOBAL STATUS and VARIABLES{extra}: {component}, size {}, index {}, view {}, {}, UUID {uuid}, \
         version {version}, {durability} (login {} s, answer {} s)",
        node.address(),
        known(facts.view.size),
        known(facts.view.index),
        known(facts.view.number),
        text::quote(&facts.comment),
        Number::seconds(answer.login_time),
        Number::seconds(answer.total_time),
    )
}
