//! What the name servers' answers mean for the service.

mod item;
mod reason;

use common::{FindingSpec, Level, Number, Report, Subject, wording};

use super::case::Case;
use super::catalogue::{
    DNS_DEAD, DNS_FOREIGN, DNS_INCOMPLETE, DNS_NOTHING, DNS_SERVERS, DNS_SERVERS_RIGHT, DNS_STALE, DNS_TIME,
    DNS_TRANSPORT, DNS_UNSETTLED, DNS_UNUSABLE,
};
use super::compare::{Comparison, Handed, Place};
use super::{Expected, Role, Unsettled, list, remedy};
use crate::catalogue::NOT_ASKED;
use crate::snapshot::Condition;
use reason::{Dead, Reason, verb};

/// Judges every server, and whether clients find the service at all.
pub(crate) fn judge(report: &mut Report, case: &Case) {
    let mut judge = Judge { report, case };
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
        judge.report.well(case.summary());
        return;
    }
    measure(judge.report, case);
    judge.lines();
    if case.is_settled() && case.asked() > 0 && case.right() == case.comparisons.len() {
        judge.report.fine().words(case.summary());
    }
}

/// A report in the making.
struct Judge<'a, 'r> {
    report: &'r mut Report,
    case: &'a Case<'a>,
}

impl<'a> Judge<'a, '_> {
    /// A finding about these servers.
    fn on(&mut self, spec: &FindingSpec, servers: &[&Comparison], text: String, reason: Reason, remedy: &str) {
        let Reason { words, word } = reason;
        self.report.finding(spec).of_all(servers.iter().copied()).words(text).reason(words, word).remedy(remedy);
    }

    fn not_asked(&mut self) {
        let fault = |comparison: &'a Comparison| Some((comparison.not_asked.as_ref()?, comparison));
        for (fault, servers) in group(self.case.comparisons.iter().filter_map(fault)) {
            let (problem, remedy) = fault.parts();
            let reason = Reason::not_asked(problem);
            let sentence = format!("{} {} {}", subject(&servers), verb(servers.len(), ["was", "were"]), reason.words);
            self.on(&NOT_ASKED, &servers, sentence, reason, remedy);
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
        let found = self.report.finding(&DNS_UNSETTLED).of_all(servers);
        found.words(format_args!("DNS was not judged: {why}")).remedy(remedy);
    }

    /// Addresses that are handed out and must not be, beyond the TTL and within it.
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
            let hand = verb(servers.len(), HAND);
            let (spec, words, remedy) = if is_stale {
                let left = self.left(place, &servers);
                let words = format!("{}, for {left} s more", dead.words(&format!("still {hand}")));
                (&DNS_STALE, words, remedy::of_stale(case, &servers))
            } else {
                (&DNS_DEAD, dead.words(hand), remedy::of_dead(case, &servers))
            };
            let sentence = format!("{} {words}", subject(&servers));
            self.on(spec, &servers, sentence, Reason::dead(&dead), &remedy);
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
        for ((_, kind, words), servers) in group(faults) {
            let sentence = format!("{}: {words}", subject(&servers));
            self.on(&DNS_UNUSABLE, &servers, sentence, Reason::fault(kind, words), &remedy::of_fault(case, &servers));
        }
    }

    fn nothing(&mut self) {
        let case = self.case;
        let heard: Vec<_> = case.comparisons.iter().filter(|comparison| comparison.is_heard).collect();
        // What is wrong at the source is wrong everywhere.
        let own = heard.iter().copied().find(|one| one.server.role == Role::Consul && one.has_whole_fault());
        let source = own.or_else(|| heard.iter().copied().find(|one| one.has_whole_fault()));
        let remedy = source.map_or_else(|| remedy::of_foreign(case, &heard), |one| remedy::of_fault(case, &[one]));
        let causes = heard.iter().map(|comparison| Reason::useless(comparison).of(comparison));
        self.report
            .finding(&DNS_NOTHING)
            .of_all(heard.iter().copied())
            .words(format_args!("no name server names a usable instance of {}", case.name))
            .remedy(remedy)
            .because(causes);
    }

    fn split(&mut self) {
        let split = |comparison: &'a Comparison| {
            let split = comparison.split.as_deref().filter(|_| !comparison.has_whole_fault())?;
            Some(((comparison.server.role, split), comparison))
        };
        for ((role, split), servers) in group(self.case.comparisons.iter().filter_map(split)) {
            let sentence = format!("{}: {split}, but not over both transports", subject(&servers));
            let remedy = remedy::of_split(self.case, role, &servers);
            self.on(&DNS_TRANSPORT, &servers, sentence, Reason::split(split), &remedy);
        }
    }

    fn incomplete(&mut self) {
        let is_said = self.case.is_nothing();
        let incomplete =
            self.case.comparisons.iter().filter(|one| !is_said && !one.missing.is_empty() && !one.has_whole_fault());
        for ((role, missing), servers) in group(incomplete.map(|one| ((one.server.role, &one.missing), one))) {
            let does = Reason::missing(missing, verb(servers.len(), ["does", "do"]));
            let sentence = format!("{} {}", subject(&servers), does.words);
            let reason = Reason::missing(missing, "did");
            self.on(&DNS_INCOMPLETE, &servers, sentence, reason, &remedy::of_missing(self.case, role, &servers));
        }
    }

    fn foreign(&mut self) {
        let foreign = self.case.comparisons.iter().filter(|comparison| !comparison.foreign.is_empty());
        for (foreign, servers) in group(foreign.map(|comparison| (&comparison.foreign, comparison))) {
            let hands = Reason::foreign(foreign, verb(servers.len(), HAND));
            let sentence = format!("{} {}", subject(&servers), hands.words);
            let reason = Reason::foreign(foreign, "handed");
            self.on(&DNS_FOREIGN, &servers, sentence, reason, &remedy::of_foreign(self.case, &servers));
        }
    }

    fn lines(&mut self) {
        for comparison in self.case.comparisons {
            self.report.line(comparison, item::line(comparison, self.case));
            if self.case.has_series {
                item::series(self.report, comparison, self.case.is_settled());
            }
        }
        self.report.details(Level::Verbose, || {
            let Expected { instances, changed, only_passing, .. } = self.case.expected;
            let warning = instances.iter().filter(|known| known.standing == Condition::Warning);
            warning.map(|known| item::warning(known, *only_passing)).chain(item::changed(changed))
        });
    }
}

const HAND: [&str; 2] = ["hands", "hand"];

/// `name servers 127.0.0.11 and 127.0.0.12`.
fn subject(servers: &[&Comparison]) -> String {
    format!("{} {}", verb(servers.len(), ["name server", "name servers"]), names(servers))
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
    let unheard = case.comparisons.iter().filter(|comparison| !comparison.is_heard);
    report.metric(&DNS_SERVERS, asked).words(were_asked(asked)).because(unheard);
    if case.is_settled() && asked > 0 {
        let wrong = case.comparisons.iter().filter(|comparison| comparison.is_heard && !comparison.agrees());
        report
            .metric(&DNS_SERVERS_RIGHT, right)
            .up_to(asked)
            .words(format_args!("{right} of {} right", wording::count(asked, "name server", "name servers")))
            .because(wrong.map(|comparison| Reason::wrong(comparison).of(comparison)))
            .well(case.summary());
    } else {
        report.well(case.summary());
    }
    let times = case.comparisons.iter().filter_map(|comparison| Some((comparison.time?, comparison)));
    if let Some((time, comparison)) = times.max_by_key(|(time, _)| *time) {
        let words = format!("name server {} took {} s to answer", comparison.label(), wording::seconds(time));
        report.metric(&DNS_TIME, Number::seconds(time)).of(comparison).words(words);
    }
}

/// `no name server was asked`, `2 name servers were asked`.
fn were_asked(count: usize) -> String {
    match count {
        0 => "no name server was asked".to_owned(),
        1 => "1 name server was asked".to_owned(),
        count => format!("{count} name servers were asked"),
    }
}
