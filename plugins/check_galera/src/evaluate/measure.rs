//! The numbers of the cluster; what was not measured is left out, and the findings say why.

use common::{Number, Report, ServiceState, text};

use super::judge::Judge;
use super::say;
use crate::catalogue::{
    ARBITRATORS, COMPONENTS, CONNECT_TIME, CONNECTIONS, DONOR_AGE, DONORS, EVS_LATENCY_AVG, EVS_LATENCY_MAX, JOINING,
    LAST_COMMITTED, MAJORITY_LOST, MEMBERS, PRIMARY, QUERY_TIME, SST_AGE, SYNCED, UNREACHABLE,
};
use crate::cluster::{Class, Cluster, Node};
use crate::facts::Facts;
use crate::policy::Policy;
use crate::snapshot::{Answer, Said};

/// How many members there are: said first, for it is what people ask first.
pub(super) fn members(judge: &mut Judge, cluster: &Cluster, policy: &Policy) {
    let Some(members) = count_members(cluster) else { return };
    let size = match judge.expected {
        Some(expected) => format!("{}{members}/{expected} members", name(cluster)),
        None => format!("{}a cluster of {members}", name(cluster)),
    };
    let state = judge.report.metric_with_remedy(&MEMBERS, members, &size, "bring the missing members back");
    let parts = [Some(size), arbitrators(cluster), Some(synced(cluster)), down(cluster, policy)];
    judge.summarize(state, parts.into_iter().flatten().collect::<Vec<_>>().join(", "));
    if let Some(main) = cluster.main() {
        judge.report.metric(&ARBITRATORS, main.arbitrators, &format!("{} arbitrators", main.arbitrators));
    }
}

/// `icinga: `, the cluster's own name.
fn name(cluster: &Cluster) -> String {
    let mut names = cluster.speaking().filter_map(|(_, facts)| facts.view.cluster_name.as_deref());
    names.next().map_or_else(String::new, |name| format!("{}: ", text::quote(name)))
}

fn arbitrators(cluster: &Cluster) -> Option<String> {
    let count = cluster.main().map(|main| main.arbitrators).filter(|count| *count > 0)?;
    Some(say::count(usize::try_from(count).unwrap_or(usize::MAX), "arbitrator", "arbitrators"))
}

/// `2 synced, db3 desynced`, or how the only node fares that was asked.
fn synced(cluster: &Cluster) -> String {
    if let [node] = cluster.nodes.as_slice() {
        return format!("{} {}", node.label, node.class.word());
    }
    let count = cluster.nodes.iter().filter(|node| node.serves() && node.class == Class::Synced).count();
    let others = cluster.nodes.iter().filter(|node| matches!(node.class, Class::Donor | Class::Desynced));
    let others = others.map(|node| format!(", {} {}", node.label, node.class.word()));
    format!("{count} synced{}", others.collect::<String>())
}

fn down(cluster: &Cluster, policy: &Policy) -> Option<String> {
    let down = cluster.nodes.iter().filter(|node| super::is_down_on_purpose(node, policy));
    let names: Vec<_> = down.map(|node| node.label.as_str()).collect();
    (!names.is_empty()).then(|| format!("{} down as announced", names.join(" and ")))
}

/// The members of the largest component, 0 when no node is Primary; none where a node's word for it is missing.
fn count_members(cluster: &Cluster) -> Option<u64> {
    if let Some(main) = cluster.main() {
        return main.size.map(|_| main.members());
    }
    let mut speaking = cluster.speaking().peekable();
    let silent = cluster.count(|class| matches!(class, Class::Denied | Class::NotAsked));
    (silent == 0 && speaking.peek().is_some() && speaking.all(|(_, facts)| facts.view.component.is_some())).then_some(0)
}

pub(super) fn measure(judge: &mut Judge, cluster: &Cluster) {
    counts(judge, cluster);
    load(judge, cluster);
    ages(judge, cluster);
    times(judge, cluster);
}

/// Left out while some node may be anything because it does not say.
fn counts(judge: &mut Judge, cluster: &Cluster) {
    let asked = cluster.nodes.len();
    let silent = cluster.count(|class| matches!(class, Class::Denied | Class::Unreadable | Class::NotAsked));
    let speaking = cluster.speaking().count();
    if silent == 0 && speaking > 0 {
        let synced = cluster.nodes.iter().filter(|node| node.serves()).count();
        judge.report.metric_up_to(&SYNCED, synced, asked, &format!("{synced} of {asked} asked synced"));
        let primary = cluster.speaking().filter(|(_, facts)| facts.is_primary()).count();
        judge.report.metric_up_to(&PRIMARY, primary, asked, &format!("{primary} of {asked} asked Primary"));
        let donors = cluster.count(|class| matches!(class, Class::Donor | Class::Desynced));
        judge.report.metric_up_to(&DONORS, donors, asked, &format!("{donors} of {asked} donors or desynced"));
        let joining = cluster.count(Class::joins);
        judge.report.metric_up_to(&JOINING, joining, asked, &format!("{joining} of {asked} joining"));
        let components = cluster.components.len();
        judge.report.metric(&COMPONENTS, components, &format!("{components} Primary components"));
    }
    if silent > 0 {
        at_best(judge, cluster, silent);
    }
    if cluster.count(|class| class == Class::NotAsked) == 0 {
        let unreachable =
            cluster.nodes.iter().filter(|node| matches!(node.asked.answer, Answer::Unreachable(_))).count();
        let sentence = format!("{unreachable} of {asked} nodes give no answer");
        judge.report.metric_up_to(&UNREACHABLE, unreachable, asked, &sentence);
    }
}

/// Too few serve even if all do that do not say: that is as sure as if they had said so.
fn at_best(judge: &mut Judge, cluster: &Cluster, silent: usize) {
    let asked = cluster.nodes.len();
    let best = cluster.nodes.iter().filter(|node| node.serves()).count() + silent;
    if best < asked && judge.thresholds(&SYNCED).judge(Number::from(best)).0 == ServiceState::Critical {
        let text = format!("at most {best} of {asked} asked can be synced");
        judge.report.finding(&MAJORITY_LOST, text, "bring the missing members back");
    }
}

/// The node on which a number is largest.
pub(super) fn largest<'c, 'a>(
    nodes: impl Iterator<Item = (&'c Node<'a>, &'a Facts)>,
    of: impl Fn(&Node<'a>, &'a Facts) -> Option<f64>,
) -> Option<(&'c Node<'a>, f64)>
where
    'a: 'c,
{
    let values = nodes.filter_map(|(node, facts)| Some((node, of(node, facts)?)));
    values.max_by(|(_, one), (_, other)| one.total_cmp(other))
}

fn load(judge: &mut Judge, cluster: &Cluster) {
    if let Some(seqno) = cluster.committed() {
        judge.report.metric(&LAST_COMMITTED, seqno, &format!("last committed seqno {seqno}"));
    }
    let latency = |of: fn(&Facts) -> Option<f64>| largest(cluster.members(), move |_, facts| of(facts));
    if let Some((node, seconds)) = latency(|facts| Some(facts.evs.latency?.max)) {
        let sentence = format!("{}: a message took {} s to replicate", node.label, say::number(seconds));
        let remedy = "look at the network between the nodes and at the load of the slowest";
        let state = judge.report.metric_with_remedy(&EVS_LATENCY_MAX, say::number(seconds), &sentence, remedy);
        judge.worsen(node, state);
    }
    if let Some((node, seconds)) = latency(|facts| Some(facts.evs.latency?.average)) {
        let sentence = format!("{}: messages take {} s to replicate", node.label, say::number(seconds));
        judge.report.metric(&EVS_LATENCY_AVG, Number::try_from(seconds).unwrap_or(0_u32.into()), &sentence);
    }
    let used = |facts: &Facts| Some(say::percent(facts.load.connected?, facts.load.max_connections?));
    if let Some((node, percent)) = largest(cluster.speaking(), |_, facts| used(facts)) {
        let of = node.facts.map(|facts| &facts.load);
        let known = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
        let (connected, max) =
            (known(of.and_then(|load| load.connected)), known(of.and_then(|load| load.max_connections)));
        let sentence = format!("{}: {connected} of {max} connections in use", node.label);
        let remedy = "look at SHOW PROCESSLIST there; raise max_connections, or find who keeps them open";
        let state = judge.report.metric_with_remedy(&CONNECTIONS, say::number(percent), &sentence, remedy);
        judge.worsen(node, state);
    }
}

/// How long states have lasted that should not last; none is 0, an unknown beginning is left out.
fn ages(judge: &mut Judge, cluster: &Cluster) {
    if cluster.speaking().next().is_none() {
        return;
    }
    let remedy = "look at the backup or the state transfer: does it go on?";
    let donor = |class| matches!(class, Class::Donor | Class::Desynced);
    for (spec, is, what) in [
        (&DONOR_AGE, donor as fn(Class) -> bool, "donor or desynced"),
        (&SST_AGE, |class| class == Class::ReceivingSst, "receiving a state transfer"),
    ] {
        let nodes = cluster.nodes.iter().filter(|node| is(node.class));
        let ages: Option<Vec<_>> = nodes.map(|node| Some((node, node.age(cluster.at)?))).collect();
        let Some(ages) = ages else { continue };
        let oldest = ages.into_iter().max_by(|(_, one), (_, other)| one.total_cmp(other));
        let (node, seconds) = oldest.unzip();
        let seconds = seconds.unwrap_or(0.0);
        let name = node.map_or_else(String::new, |node| node.label.clone());
        let sentence = format!("{name} {what} for {}", say::age(seconds));
        let state = judge.report.metric_with_remedy(spec, say::whole(seconds), &sentence, remedy);
        if let Some(node) = node {
            judge.worsen(node, state);
        }
    }
}

fn times(judge: &mut Judge, cluster: &Cluster) {
    let slowest = said(cluster).map(|said| said.login).max().map(Number::seconds);
    if let Some(slowest) = slowest {
        judge.report.metric(&CONNECT_TIME, slowest, &format!("slowest login took {slowest} s"));
    }
    query_time(&mut judge.report, cluster);
}

pub(super) fn query_time(report: &mut Report, cluster: &Cluster) {
    let slowest = said(cluster).map(|said| said.answer).max().map(Number::seconds);
    if let Some(slowest) = slowest {
        report.metric(&QUERY_TIME, slowest, &format!("slowest answer took {slowest} s"));
    }
}

fn said<'a>(cluster: &Cluster<'a>) -> impl Iterator<Item = &'a Said> {
    cluster.nodes.iter().filter_map(|node| match &node.asked.answer {
        Answer::Said(said) => Some(&**said),
        _ => None,
    })
}
