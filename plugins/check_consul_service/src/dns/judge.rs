//! What the name servers' answers mean for the service.

mod item;

use std::collections::BTreeMap;

use common::{FindingSpec, Number, Report, Rules, ServiceState};

use super::catalogue::{
    DNS_DEAD, DNS_FOREIGN, DNS_INCOMPLETE, DNS_NOTHING, DNS_SERVERS, DNS_SERVERS_RIGHT, DNS_STALE, DNS_TIME,
    DNS_TRANSPORT, DNS_UNSETTLED, DNS_UNUSABLE,
};
use super::compare::{Comparison, Handed, Lacking, Place};
use super::{Expected, Grace, Role, Unsettled, list, remedy};
use crate::catalogue::NOT_ASKED;
use crate::health::Condition;

/// All that is known when DNS is judged.
pub(crate) struct Case<'a> {
    /// The name that was asked for, without the dot at its end.
    pub(crate) name: &'a str,
    pub(crate) comparisons: &'a [Comparison],
    pub(crate) expected: &'a Expected,
    /// Why it cannot be judged; none when the instances stayed as they were while DNS was asked.
    pub(crate) unsettled: Option<Unsettled>,
    pub(crate) grace: &'a Grace,
    /// Seconds since 1970.
    pub(crate) now: f64,
    pub(crate) rules: &'a Rules,
}

impl<'a> Case<'a> {
    /// `DNS agrees on 1 of 3 servers`.
    pub(crate) fn summary(&self) -> String {
        let (asked, right) = (self.asked(), self.right());
        let servers = if asked == 1 { "server" } else { "servers" };
        match () {
            () if asked == 0 => "DNS was not asked".to_owned(),
            () if !self.is_settled() => format!("DNS was asked on {asked} {servers}, but not judged"),
            () if right == asked => format!("DNS agrees on {asked} {servers}"),
            () => format!("DNS agrees on {right} of {asked} {servers}"),
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.unsettled.is_none()
    }

    fn asked(&self) -> usize {
        self.comparisons.iter().filter(|comparison| comparison.is_heard).count()
    }

    fn right(&self) -> usize {
        self.comparisons.iter().filter(|comparison| comparison.agrees()).count()
    }

    /// Whether instances pass and no server helps clients to reach any that they can use.
    fn is_nothing(&self) -> bool {
        let is_useful = self.comparisons.iter().any(|comparison| comparison.is_useful);
        self.is_settled() && self.expected.has_passing() && self.asked() > 0 && !is_useful
    }

    /// Whether Consul's own DNS gives something.
    pub(super) fn consul_answers(&self) -> bool {
        let mut own = self.comparisons.iter().filter(|comparison| comparison.server.role == Role::Consul);
        own.any(|comparison| comparison.is_heard && !has_whole_fault(comparison))
    }

    /// Whether the Consul on the same host as this server was asked too, and fails.
    pub(super) fn consul_beside_fails(&self, server: &Comparison) -> bool {
        let ip = server.server.server.address.ip();
        let beside = |one: &&Comparison| one.server.role == Role::Consul && one.server.server.address.ip() == ip;
        self.comparisons.iter().find(beside).is_some_and(has_whole_fault)
    }

    pub(super) fn dig(&self, servers: &[&'a Comparison]) -> String {
        servers.first().map_or_else(String::new, |comparison| comparison.server.server.dig(self.name))
    }
}

/// Judges every server, and whether clients find the service at all.
pub(crate) fn judge(report: &mut Report, case: &Case) {
    let mut judge = Judge { report, case, worst: BTreeMap::new() };
    judge.not_asked();
    if case.is_settled() {
        judge.dead();
        judge.unusable();
        judge.split();
        judge.incomplete();
        judge.foreign();
    }
    if let Some(why) = case.unsettled.filter(|_| case.asked() > 0 || case.comparisons.is_empty()) {
        judge.unsettled(why);
    }
    if case.comparisons.is_empty() {
        return;
    }
    measure(judge.report, case);
    judge.items();
    if case.is_settled() && case.asked() > 0 && case.right() == case.comparisons.len() {
        judge.report.fine(case.summary());
    }
}

/// A report in the making, and which server fares how.
struct Judge<'a, 'r> {
    report: &'r mut Report,
    case: &'a Case<'a>,
    worst: BTreeMap<&'a str, ServiceState>,
}

impl<'a> Judge<'a, '_> {
    /// A finding about these servers.
    fn on(&mut self, spec: &FindingSpec, servers: &[&'a Comparison], text: String, remedy: String) {
        let state = self.case.rules.severity(spec);
        for comparison in servers {
            let worst = self.worst.entry(&comparison.server.server.name).or_insert(ServiceState::Ok);
            *worst = state.max(*worst);
        }
        self.report.finding(spec, text, remedy);
    }

    fn not_asked(&mut self) {
        let reason = |comparison: &'a Comparison| Some((comparison.not_asked.as_deref()?, comparison));
        for (reason, servers) in group(self.case.comparisons.iter().filter_map(reason)) {
            let was = if servers.len() == 1 { "was" } else { "were" };
            let sentence = format!("{} {was} not asked: {reason}", subject(&servers));
            self.on(&NOT_ASKED, &servers, sentence, remedy::of_our_side());
        }
    }

    fn unsettled(&mut self, why: Unsettled) {
        let servers: Vec<_> = self.case.comparisons.iter().collect();
        let (why, remedy) = match why {
            Unsettled::Moving => {
                ("the instances kept changing while DNS was asked", "do their checks flap? consul monitor")
            }
            Unsettled::Unread => {
                ("the API could not be read again after DNS was asked", "see what is said of that agent")
            }
            Unsettled::NoTime => {
                ("no time was left to ask", "raise --timeout, or see which agent or name server took it")
            }
        };
        self.on(&DNS_UNSETTLED, &servers, format!("DNS was not judged: {why}"), remedy.to_owned());
    }

    /// What is handed out and must not be, beyond the TTL and within it.
    fn dead(&mut self) {
        let case = self.case;
        let handed =
            case.comparisons.iter().flat_map(|comparison| comparison.dead.iter().map(move |one| (one, comparison)));
        let keyed = handed.map(|(one, comparison)| {
            let is_stale = case.grace.left(&comparison.server, one, case.now).is_some();
            ((is_stale, &one.place, &one.instances, one.standing), comparison)
        });
        for ((is_stale, place, instances, standing), servers) in group(keyed) {
            let dead = Dead { place, instances, standing };
            if is_stale {
                let sentence =
                    format!("{}, for {} s more", dead.sentence(&servers, "still "), self.left(place, &servers));
                self.on(&DNS_STALE, &servers, sentence, remedy::of_stale(case, &servers));
            } else {
                self.on(&DNS_DEAD, &servers, dead.sentence(&servers, ""), remedy::of_dead(case, &servers));
            }
        }
    }

    /// For how many seconds the last of the servers may hand it out.
    fn left(&self, place: &Place, servers: &[&Comparison]) -> String {
        let of = |comparison: &&Comparison| {
            let handed: &Handed = comparison.dead.iter().find(|one| one.place == *place)?;
            self.case.grace.left(&comparison.server, handed, self.case.now)
        };
        let left = servers.iter().filter_map(of).fold(0.0, f64::max).ceil();
        format!("{}{left}", if servers.len() > 1 { "up to " } else { "" })
    }

    /// Servers that give nothing usable, or all of them together when nobody else does.
    fn unusable(&mut self) {
        let case = self.case;
        if case.is_nothing() {
            return self.nothing();
        }
        let faults = case.comparisons.iter().filter_map(|comparison| {
            let fault = comparison.fault.as_ref()?;
            Some(((comparison.server.role, fault.kind, fault.words.as_str()), comparison))
        });
        for ((_, _, words), servers) in group(faults) {
            let sentence = format!("{}: {words}", subject(&servers));
            self.on(&DNS_UNUSABLE, &servers, sentence, remedy::of_fault(case, &servers));
        }
    }

    fn nothing(&mut self) {
        let case = self.case;
        let heard: Vec<_> = case.comparisons.iter().filter(|comparison| comparison.is_heard).collect();
        let reasons = group(heard.iter().map(|comparison| (reason(comparison), *comparison)));
        let reasons: Vec<_> = reasons.iter().map(|(words, servers)| format!("{} {words}", names(servers))).collect();
        let sentence = format!("no name server names a usable instance of {}: {}", case.name, reasons.join(", "));
        // What is wrong at the source is wrong everywhere.
        let own = heard.iter().copied().find(|one| one.server.role == Role::Consul && has_whole_fault(one));
        let source = own.or_else(|| heard.iter().copied().find(|one| has_whole_fault(one)));
        let remedy = source.map_or_else(|| remedy::of_foreign(case, &heard), |one| remedy::of_fault(case, &[one]));
        self.on(&DNS_NOTHING, &heard, sentence, remedy);
    }

    fn split(&mut self) {
        let split = |comparison: &'a Comparison| {
            let split = comparison.split.as_deref().filter(|_| !has_whole_fault(comparison))?;
            Some(((comparison.server.role, split), comparison))
        };
        for ((role, split), servers) in group(self.case.comparisons.iter().filter_map(split)) {
            let sentence = format!("{}: {split}, but not over both transports", subject(&servers));
            self.on(&DNS_TRANSPORT, &servers, sentence, remedy::of_split(self.case, role, &servers));
        }
    }

    fn incomplete(&mut self) {
        let is_said = self.case.is_nothing();
        let incomplete =
            self.case.comparisons.iter().filter(|one| !is_said && !one.missing.is_empty() && !has_whole_fault(one));
        for ((role, missing), servers) in group(incomplete.map(|one| ((one.server.role, &one.missing), one))) {
            let sentence = format!("{} {}", subject(&servers), leaves_out(missing, servers.len()));
            self.on(&DNS_INCOMPLETE, &servers, sentence, remedy::of_missing(self.case, role, &servers));
        }
    }

    fn foreign(&mut self) {
        let foreign = self.case.comparisons.iter().filter(|comparison| !comparison.foreign.is_empty());
        for (foreign, servers) in group(foreign.map(|comparison| (&comparison.foreign, comparison))) {
            let hand = if servers.len() == 1 { "hands" } else { "hand" };
            let sentence = format!("{} {hand} out {}, which no instance has", subject(&servers), list(foreign));
            self.on(&DNS_FOREIGN, &servers, sentence, remedy::of_foreign(self.case, &servers));
        }
    }

    fn items(&mut self) {
        for comparison in self.case.comparisons {
            let worst = self.worst.get(comparison.server.server.name.as_str());
            let state = worst.copied().unwrap_or(ServiceState::Ok);
            self.report.item(state, item::line(comparison, self.case));
            item::series(self.report, comparison, self.case.is_settled());
        }
        let warning = self.case.expected.instances.iter().filter(|known| known.standing == Condition::Warning);
        for known in warning {
            self.report.note(1, item::warning(known, self.case.expected.only_passing));
        }
        if let Some(note) = item::changed(&self.case.expected.changed) {
            self.report.note(1, note);
        }
    }
}

/// What is handed out and must not be.
struct Dead<'a> {
    place: &'a Place,
    instances: &'a [String],
    standing: Condition,
}

impl Dead<'_> {
    /// `name servers 127.0.0.11 and 127.0.0.12 hand out db3 (127.0.0.13:3306), which is critical`.
    fn sentence(&self, servers: &[&Comparison], still: &str) -> String {
        let hand = if servers.len() == 1 { "hands" } else { "hand" };
        let is = if self.instances.len() == 1 { "is" } else { "are" };
        let place = match self.place {
            Place::Address(_) => String::new(),
            Place::Service(..) => format!(" ({})", self.place),
        };
        let instances = list(self.instances);
        format!("{} {still}{hand} out {instances}{place}, which {is} {}", subject(servers), self.standing)
    }
}

/// `do not name db2 (127.0.0.12:3306)`.
fn leaves_out(missing: &[Lacking], servers: usize) -> String {
    let does = if servers == 1 { "does" } else { "do" };
    let those = |only_srv: bool| -> Vec<String> {
        missing.iter().filter(|one| one.only_srv == only_srv).map(|one| one.instance.clone()).collect()
    };
    let (by_address, by_srv) = (those(false), those(true));
    let parts = [(by_address, ""), (by_srv, " by SRV")];
    let parts = parts.into_iter().filter(|(instances, _)| !instances.is_empty());
    let parts: Vec<_> = parts.map(|(instances, by)| format!("{does} not name {}{by}", list(&instances))).collect();
    parts.join(" and ")
}

/// Why a server is of no use, after its name.
fn reason(comparison: &Comparison) -> String {
    match &comparison.fault {
        // Of a server that gives addresses, those are why.
        Some(fault) if fault.is_whole => fault.words.clone(),
        _ if !comparison.dead.is_empty() => "only what is dead".to_owned(),
        _ if !comparison.foreign.is_empty() => "only what no instance has".to_owned(),
        _ => "only an alias".to_owned(),
    }
}

fn has_whole_fault(comparison: &Comparison) -> bool {
    comparison.fault.as_ref().is_some_and(|fault| fault.is_whole)
}

/// `name servers 127.0.0.11 and 127.0.0.12`.
fn subject(servers: &[&Comparison]) -> String {
    let noun = if servers.len() == 1 { "name server" } else { "name servers" };
    format!("{noun} {}", names(servers))
}

fn names(servers: &[&Comparison]) -> String {
    list(&servers.iter().map(|comparison| comparison.server.server.name.clone()).collect::<Vec<_>>())
}

/// Puts servers of which the same is to be said together.
fn group<'a, K: PartialEq>(found: impl Iterator<Item = (K, &'a Comparison)>) -> Vec<(K, Vec<&'a Comparison>)> {
    let mut groups: Vec<(K, Vec<&Comparison>)> = Vec::new();
    for (key, comparison) in found {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, servers)) => servers.push(comparison),
            None => groups.push((key, vec![comparison])),
        }
    }
    groups
}

fn measure(report: &mut Report, case: &Case) {
    let (asked, right) = (case.asked(), case.right());
    report.metric(&DNS_SERVERS, asked, &format!("{asked} name servers asked"));
    if case.is_settled() && asked > 0 {
        report.metric_up_to(&DNS_SERVERS_RIGHT, right, asked, &format!("{right} of {asked} name servers right"));
    }
    if let Some(slowest) = case.comparisons.iter().filter_map(|comparison| comparison.time).max() {
        let sentence = format!("slowest answer of a name server took {}", item::milliseconds(slowest));
        report.metric(&DNS_TIME, Number::seconds(slowest), &sentence);
    }
}
