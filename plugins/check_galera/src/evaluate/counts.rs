//! Counts of nodes by what they are. A count that is too low names the nodes that it misses.

use common::{Cause, MetricSpec, Number, Report, ServiceState, Thresholds, text, wording};

use super::node_wording::{names, number_of};
use crate::catalogue::{
    ARBITRATORS, COMPONENTS, DONORS, JOINING, MAJORITY_LOST, MEMBERS, PRIMARY, SYNCED, UNREACHABLE,
};
use crate::class::Class;
use crate::model::{Cluster, Node};
use crate::policy::{Expectation, Policy};
use crate::snapshot::facts::Facts;

/// How many members there are: said first, for it is what people ask first.
pub(super) fn members(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let Some(members) = count_members(cluster) else { return };
    let size = match expectation.members {
        Some(expected) => format!("{}{members}/{expected} members", name(cluster)),
        None => format!("{}a cluster of {members}", name(cluster)),
    };
    let parts = [Some(size.clone()), arbitrators(cluster), Some(synced(cluster)), down(cluster, policy)];
    let well = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let lost = cluster.lost_members(expectation.members);
    let missed = Missed {
        // A node of another Primary component is not missing: the split brain says where it is.
        nodes: nodes(cluster, |node| !cluster.counts_as_member(node) && !is_primary(node)),
        others: lost.iter().map(Cause::from).collect(),
    };
    let causes = missed.explain(expectation.rules.thresholds(&MEMBERS), members, policy);
    let remedy = "bring the missing members back";
    report.metric(&MEMBERS, members).words(size).remedy(remedy).because(causes).well(well);
    if let Some(main) = cluster.largest_component() {
        let words = number_of(main.arbitrators, "arbitrator", "arbitrators");
        report.metric(&ARBITRATORS, main.arbitrators).words(format_args!("{words} in the group"));
    }
}

/// `icinga: `, the cluster's own name.
fn name(cluster: &Cluster) -> String {
    let mut names = cluster.galera_nodes().filter_map(|(_, facts)| facts.view.cluster_name.as_deref());
    names.next().map_or_else(String::new, |name| format!("{}: ", text::name(name)))
}

fn arbitrators(cluster: &Cluster) -> Option<String> {
    let count = cluster.largest_component().map(|main| main.arbitrators).filter(|count| *count > 0)?;
    Some(number_of(count, "arbitrator", "arbitrators"))
}

/// `2 synced, db3 desynced`, or how the only node fares that was asked.
fn synced(cluster: &Cluster) -> String {
    if let [node] = cluster.nodes.as_slice() {
        return format!("{} {}", node.label, node.class.word());
    }
    let count = cluster.nodes.iter().filter(|node| node.serves() && node.class == Class::Synced).count();
    let others = cluster.nodes.iter().filter(|node| node.class.is_donor_or_desynced());
    let others = others.map(|node| format!(", {} {}", node.label, node.class.word()));
    format!("{count} synced{}", others.collect::<String>())
}

fn down(cluster: &Cluster, policy: &Policy) -> Option<String> {
    let down = nodes(cluster, |node| node.is_down_as_announced(&policy.expect_down));
    (!down.is_empty()).then(|| format!("{} down as announced", names(down)))
}

/// The members of the largest component, 0 when no node is Primary; none where a node's word for it is missing.
fn count_members(cluster: &Cluster) -> Option<u64> {
    if let Some(main) = cluster.largest_component() {
        return main.size.map(|_| main.members());
    }
    let mut galera_nodes = cluster.galera_nodes().peekable();
    let unknown = cluster.count(|class| matches!(class, Class::AccessDenied | Class::OwnSide));
    (unknown == 0 && galera_nodes.peek().is_some() && galera_nodes.all(|(_, facts)| facts.view.component.is_some()))
        .then_some(0)
}

/// Left out while some node may be anything because it does not say.
pub(super) fn judge(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let unknown = nodes(cluster, |node| node.class.is_unknown());
    if unknown.is_empty() && cluster.galera_nodes().next().is_some() {
        of_service(report, cluster, policy, expectation);
        of_class(report, cluster, &DONORS, Class::is_donor_or_desynced, "donor or desynced");
        of_class(report, cluster, &JOINING, Class::is_joining, "joining");
        let words = format!("{} among the nodes asked", components(cluster.components.len()));
        report.metric(&COMPONENTS, cluster.components.len()).words(words);
    }
    if !unknown.is_empty() {
        at_best(report, cluster, unknown.len(), expectation);
    }
    unreachable(report, cluster);
}

fn components(count: usize) -> String {
    wording::count(count, "Primary component", "Primary components")
}

/// How many nodes serve, and how many would if they were ready.
fn of_service(report: &mut Report, cluster: &Cluster, policy: &Policy, expectation: &Expectation) {
    let asked = cluster.nodes.len();
    let serves: fn(&Node) -> bool = |node| node.serves();
    for (spec, is, one, many) in
        [(&SYNCED, serves, "serves", "serve"), (&PRIMARY, speaks_as_primary, "is Primary", "are Primary")]
    {
        let count = nodes(cluster, is).len();
        let missed = Missed { nodes: nodes(cluster, |node| !is(node)), others: Vec::new() };
        let causes = missed.explain(expectation.rules.thresholds(spec), count as u64, policy);
        let words = format!("{count} of {} {}", nodes_asked(asked), if count == 1 { one } else { many });
        report.metric(spec, count).up_to(asked).words(words).because(causes);
    }
}

fn speaks_as_primary(node: &Node) -> bool {
    node.facts.is_some_and(|facts| facts.is_galera() && facts.is_primary())
}

fn of_class(report: &mut Report, cluster: &Cluster, spec: &'static MetricSpec, is: fn(Class) -> bool, what: &str) {
    let asked = cluster.nodes.len();
    let found = nodes(cluster, |node| is(node.class));
    let words = match found.len() {
        0 => format!("no node is {what}"),
        count => {
            let verb = if count == 1 { "is" } else { "are" };
            format!("{count} of {} {verb} {what}: {}", nodes_asked(asked), names(found.iter().copied()))
        }
    };
    report.metric(spec, found.len()).up_to(asked).of_all(found).words(words);
}

fn nodes_asked(asked: usize) -> String {
    wording::count(asked, "node", "nodes")
}

/// Too few serve even if all do that do not say: that is as sure as if they had said so.
fn at_best(report: &mut Report, cluster: &Cluster, unknown: usize, expectation: &Expectation) {
    let asked = cluster.nodes.len();
    let best = cluster.nodes.iter().filter(|node| node.serves()).count() + unknown;
    let (state, _) = expectation.rules.thresholds(&SYNCED).judge(Number::from(best));
    if best < asked && state == ServiceState::Critical {
        let is_known = |node: &Node| !node.class.is_unknown();
        let lost = nodes(cluster, |node| !node.serves() && is_known(node));
        let words = format!("at most {best} of {} can serve", nodes_asked(asked));
        report.finding(&MAJORITY_LOST).words(words).remedy("bring the missing members back").because(lost);
    }
}

fn unreachable(report: &mut Report, cluster: &Cluster) {
    if cluster.count(|class| class == Class::OwnSide) > 0 {
        return;
    }
    let asked = cluster.nodes.len();
    let failed: Vec<_> = cluster.nodes.iter().filter_map(|node| Some((node, node.failure()?))).collect();
    let words = match failed.len() {
        0 => "no node is unreachable".to_owned(),
        count => format!("{count} of {} {} no answer", nodes_asked(asked), if count == 1 { "gives" } else { "give" }),
    };
    // If no node answers, one finding is of all nodes, and they have none of their own.
    let have_findings = !cluster.is_down();
    let causes = failed.iter().map(|(node, failure)| {
        if have_findings { (*node).into() } else { Cause::with_reason(*node, &failure.reason, failure.word()) }
    });
    report.metric(&UNREACHABLE, failed.len()).up_to(asked).words(words).because(causes);
}

fn is_primary(node: &Node) -> bool {
    node.facts.is_some_and(Facts::is_primary)
}

fn nodes<'c, 'a>(cluster: &'c Cluster<'a>, is: impl Fn(&Node<'a>) -> bool) -> Vec<&'c Node<'a>> {
    cluster.nodes.iter().filter(|node| is(node)).collect()
}

/// The nodes and members that a count misses.
struct Missed<'c, 'a> {
    nodes: Vec<&'c Node<'a>>,
    /// Those that were not asked.
    others: Vec<Cause>,
}

impl Missed<'_, '_> {
    /// The causes of a count that is too low; none where it is not, or is too high.
    ///
    /// A node that is down as announced, or that may be well for all we know, explains it only if the count would be too
    /// low with all others.
    fn explain(self, limits: Thresholds, count: u64, policy: &Policy) -> Vec<Cause> {
        let (_, Some(range)) = limits.judge(Number::from(count)) else { return Vec::new() };
        let missed = self.nodes.len() as u64 + self.others.len() as u64;
        let is_enough = |count: u64| !range.alerts(Number::from(count));
        let more_would_do = (count..=count.saturating_add(missed)).any(is_enough) || is_enough(u64::MAX);
        if !more_would_do {
            return Vec::new();
        }
        let is_excused = |node: &&Node| node.is_down_as_announced(&policy.expect_down) || node.class.is_unknown();
        let (excused, missing): (Vec<_>, Vec<_>) = self.nodes.into_iter().partition(is_excused);
        let would_be = count.saturating_add(missing.len() as u64 + self.others.len() as u64);
        let excused = if is_enough(would_be) { Vec::new() } else { excused };
        missing.into_iter().chain(excused).map(Cause::from).chain(self.others).collect()
    }
}
