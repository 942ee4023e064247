//! Servers that answer what a test wants, judged.

use std::time::Duration;

use clap::Parser;
use common::dns::{
    Address, Answer, ExtendedError, Flags, Name, Outcome, Question, Rcode, RecordType, Reply, Soa, Transport,
    UnusedLine, UnusedReason, parse_name,
};
use common::{CheckError, Report, Rules, ServiceState};

use crate::CATALOGUE;
use crate::cli::Cli;
use crate::evaluate::evaluate;
use crate::model::Resolution;
use crate::name::plain;
use crate::policy::{Policy, Target};
use crate::probe::Side;
use crate::snapshot::{Asked, Diagnosis, Doubtful, Replies, ServerKind, Snapshot};
use crate::subject::{Role, Subject};

pub(super) const INTERNAL: &str = "galeradb.service.consul";
pub(super) const EXTERNAL: &str = "www.example.com";
pub(super) const SERVERS: [&str; 3] = ["10.0.0.11", "10.0.0.12", "10.0.0.13"];

/// What a healthy service has.
pub(super) const MEMBERS: [&str; 3] = SERVERS;

/// A check of three servers, or of those of the arguments, and their answers.
pub(super) struct Check {
    pub(super) policy: Policy,
    /// The arguments that the rules are from.
    ruled_by: Vec<String>,
    pub(super) target: Target,
    /// The last snapshot. The one before a recheck is the same without the answers to the recheck.
    pub(super) snapshot: Snapshot,
}

/// The names that a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    All,
    Internal,
    External,
    RandomInternal,
    RandomExternal,
    /// All of one side, random or not.
    Side(Side),
    /// The one with this index.
    At(usize),
}

impl Names {
    fn has(self, index: usize, subject: &Subject) -> bool {
        match self {
            Self::All => true,
            Self::Internal => subject.is_known(Side::Internal),
            Self::External => subject.is_known(Side::External),
            Self::RandomInternal => matches!(subject.role, Role::Random(Side::Internal)),
            Self::RandomExternal => matches!(subject.role, Role::Random(Side::External)),
            Self::Side(side) => subject.side() == side,
            Self::At(wanted) => index == wanted,
        }
    }
}

/// The arguments that ask the source of the internal names.
pub(super) const UPSTREAM: [&str; 2] = ["--upstream", "127.0.0.1:8600"];

/// Three healthy servers, asked for an internal and an external name.
pub(super) fn healthy() -> Check {
    with(&[])
}

/// The same, with more arguments.
pub(super) fn with(args: &[&str]) -> Check {
    checked(&[&["-i", INTERNAL, "-e", EXTERNAL, "-H", &SERVERS.join(",")], args].concat())
}

/// Healthy servers, asked as these arguments say.
pub(super) fn checked(args: &[&str]) -> Check {
    let cli = parsed(args);
    let target = Target::new(&cli).unwrap();
    let policy = Policy::new(&cli, &target, rules(&cli));
    let asked = |kind: ServerKind| {
        let subjects = target.subjects.clone();
        move |server: &common::dns::Server| {
            let names = subjects
                .iter()
                .map(|subject| if kind.is_asked_for(subject) { all_replies(subject, kind) } else { Vec::new() });
            Asked { kind, server: server.clone(), names: names.collect(), diagnosis: None }
        }
    };
    let snapshot = Snapshot {
        servers: target.servers.iter().map(asked(ServerKind::Judged)).collect(),
        upstream: target.upstream.as_ref().map(asked(ServerKind::Upstream)),
        external: target.external.iter().map(asked(ServerKind::External)).collect(),
        patience: target.options.patience(),
    };
    Check { policy, ruled_by: args.iter().map(|arg| (*arg).to_owned()).collect(), target, snapshot }
}

fn parsed(args: &[&str]) -> Cli {
    Cli::try_parse_from([&["check_split_dns"], args].concat()).unwrap()
}

fn rules(cli: &Cli) -> Rules {
    Rules::new(&CATALOGUE, &cli.common).unwrap()
}

fn all_replies(subject: &Subject, kind: ServerKind) -> Vec<Replies> {
    let replies = |question: &Question| {
        let reply = right(subject, question.rtype(), kind);
        replies(&reply, !subject.is_random())
    };
    subject.questions.iter().map(replies).collect()
}

fn replies(reply: &Reply, has_tcp: bool) -> Replies {
    Replies { udp: reply.clone(), tcp: has_tcp.then(|| over_tcp(reply)), rechecked: None }
}

/// Nothing is sent again over TCP.
fn over_tcp(reply: &Reply) -> Reply {
    Reply { transport: Transport::Tcp, sent: reply.sent.min(1), lost: 0, ..reply.clone() }
}

/// What BIND 9.18 in front of Consul 1.8 answers.
fn right(subject: &Subject, rtype: RecordType, kind: ServerKind) -> Reply {
    let zone = subject.zone.as_ref().map_or_else(|| "example.com".to_owned(), plain);
    match (&subject.role, rtype) {
        (Role::Known { side: Side::Internal, .. }, RecordType::A) => found(&MEMBERS),
        (Role::Known { side: Side::Internal, .. }, _) => no_data(&zone),
        (Role::Known { side: Side::External, .. }, RecordType::Aaaa) => {
            found(&["2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
        }
        (Role::Known { side: Side::External, .. }, _) => found(&["93.184.215.14"]),
        (Role::Random(Side::Internal), _) if kind == ServerKind::External => nx_domain(".", 3600),
        (Role::Random(Side::Internal) | Role::Absent(_), _) => nx_domain(&zone, 0),
        (Role::Random(Side::External), _) => nx_domain("com", 900),
    }
}

impl Check {
    /// The server with this index answers so to every question for these names.
    pub(super) fn answers(self, server: usize, names: Names, reply: &Reply) -> Self {
        self.answers_to(server, names, None, reply)
    }

    /// The same to the questions of one type.
    pub(super) fn answers_of(self, server: usize, names: Names, rtype: RecordType, reply: &Reply) -> Self {
        self.answers_to(server, names, Some(rtype), reply)
    }

    fn answers_to(mut self, server: usize, names: Names, rtype: Option<RecordType>, reply: &Reply) -> Self {
        let subjects = self.target.subjects.clone();
        set(&mut self.snapshot.servers[server], &subjects, names, rtype, reply);
        self
    }

    /// Every server answers so.
    pub(super) fn all_answer(self, names: Names, reply: &Reply) -> Self {
        (0..self.snapshot.servers.len()).fold(self, |check, server| check.answers(server, names, reply))
    }

    /// The same to the questions of one type.
    pub(super) fn all_answer_of(self, names: Names, rtype: RecordType, reply: &Reply) -> Self {
        (0..self.snapshot.servers.len()).fold(self, |check, server| check.answers_of(server, names, rtype, reply))
    }

    /// The source of the internal names answers so to the questions of this type, or to all.
    pub(super) fn upstream_answers(mut self, rtype: Option<RecordType>, reply: &Reply) -> Self {
        let subjects = self.target.subjects.clone();
        set(self.snapshot.upstream.as_mut().unwrap(), &subjects, Names::All, rtype, reply);
        self
    }

    /// The same for the name with this index alone.
    pub(super) fn upstream_answers_at(mut self, index: usize, reply: &Reply) -> Self {
        let subjects = self.target.subjects.clone();
        set(self.snapshot.upstream.as_mut().unwrap(), &subjects, Names::At(index), None, reply);
        self
    }

    /// The external server answers so.
    pub(super) fn external_server_answers(mut self, reply: &Reply) -> Self {
        let subjects = self.target.subjects.clone();
        set(&mut self.snapshot.external[0], &subjects, Names::All, None, reply);
        self
    }

    /// The server answers so over TCP.
    pub(super) fn answers_over_tcp(mut self, server: usize, names: Names, reply: &Reply) -> Self {
        self.change(server, names, |both| both.tcp = both.tcp.as_ref().map(|_| over_tcp(reply)));
        self
    }

    /// The server answers so over UDP alone.
    pub(super) fn answers_over_udp(mut self, server: usize, names: Names, reply: &Reply) -> Self {
        self.change(server, names, |both| both.udp = reply.clone());
        self
    }

    fn change(&mut self, server: usize, names: Names, change: impl Fn(&mut Replies)) {
        let asked = self.snapshot.servers[server].names.iter_mut().zip(&self.target.subjects).enumerate();
        for (_, (all, _)) in asked.filter(|(index, (_, subject))| names.has(*index, subject)) {
            all.iter_mut().for_each(&change);
        }
    }

    /// All questions are rechecked, with the same answers.
    pub(super) fn rechecked(mut self) -> Self {
        for replies in all_mut(&mut self.snapshot) {
            replies.rechecked = Some(replies.udp.clone());
        }
        self
    }

    /// At the recheck, the server with this index answers so to the first question for the first name.
    pub(super) fn recheck_answers(mut self, server: usize, reply: &Reply) -> Self {
        self.snapshot.servers[server].names[0][0].rechecked = Some(reply.clone());
        self
    }

    /// The same for the source of the internal names.
    pub(super) fn upstream_recheck_answers(mut self, reply: &Reply) -> Self {
        self.snapshot.upstream.as_mut().unwrap().names[0][0].rechecked = Some(reply.clone());
        self
    }

    /// A diagnosis of the first name of the side.
    pub(super) fn diagnosed(mut self, server: usize, side: Side, unchecked: &Reply, fresh: &Reply) -> Self {
        let subject = self.target.subjects.iter().find(|subject| subject.is_known(side)).unwrap();
        let (question, unchecked, fresh) = (subject.questions[0].clone(), unchecked.clone(), fresh.clone());
        self.snapshot.servers[server].diagnosis = Some(Diagnosis { question, unchecked, fresh });
        self
    }

    /// Each lookup of the clients begins at another server (`options rotate`).
    pub(super) fn rotating(mut self) -> Self {
        self.target.clients.rotate = true;
        self
    }

    /// How long the clients wait for the first server (`options timeout:N`).
    pub(super) fn waiting(mut self, seconds: u64) -> Self {
        self.target.clients.timeout = Duration::from_secs(seconds);
        self
    }

    /// How often the clients ask each server (`options attempts:N`).
    pub(super) fn attempting(mut self, times: u32) -> Self {
        self.target.clients.attempts = times;
        self
    }

    /// The servers are those of a file, which has these unused lines.
    pub(super) fn of_file(mut self, unused: &[&str]) -> Self {
        let line = |words: &&str| UnusedLine { kind: UnusedReason::PastThird, words: (*words).to_owned() };
        self.target.clients.file = Some("/etc/resolv.conf".to_owned());
        self.target.clients.unused = unused.iter().map(line).collect();
        self
    }

    /// Judged by the thresholds and severities of these arguments.
    pub(super) fn ruled(mut self, args: &[&str]) -> Self {
        self.ruled_by = args.iter().map(|arg| (*arg).to_owned()).collect();
        self.policy.rules = rules(&parsed(args));
        self
    }

    /// The report with these arguments besides.
    pub(super) fn report_with(&self, more: &[&str]) -> Report {
        let args: Vec<_> = self.ruled_by.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let Policy { min_servers, expect_servers, perfdata_per_server, .. } = &self.policy;
        let policy = Policy {
            rules: rules(&parsed(&args)),
            min_servers: *min_servers,
            expect_servers: expect_servers.clone(),
            perfdata_per_server: *perfdata_per_server,
        };
        self.judged(&policy)
    }

    /// The state and the output with `-v` so many times.
    pub(super) fn output(&self, verbosity: usize) -> (ServiceState, String) {
        self.report_with(&vec!["-v"; verbosity]).render()
    }

    pub(super) fn report(&self) -> Report {
        self.judged(&self.policy)
    }

    fn judged(&self, policy: &Policy) -> Report {
        let first = self.before_recheck();
        let first = Resolution::of(&first, &self.target);
        evaluate(Some(&first), &Resolution::of(&self.snapshot, &self.target), policy)
    }

    fn before_recheck(&self) -> Snapshot {
        let mut first = self.snapshot.clone();
        for replies in all_mut(&mut first) {
            replies.rechecked = None;
        }
        first
    }

    /// What is to be asked again.
    pub(super) fn doubtful(&self) -> Doubtful {
        let recheck = Resolution::of(&self.snapshot, &self.target).recheck();
        recheck.map(|recheck| recheck.doubtful).unwrap_or_default()
    }

    pub(super) fn state(&self) -> ServiceState {
        self.report().state()
    }

    /// The ids of what was found, each once.
    pub(super) fn ids(&self) -> Vec<&'static str> {
        let mut ids: Vec<_> = self.report().findings().iter().filter_map(|finding| finding.id).collect();
        ids.dedup();
        ids
    }

    /// The sentence and the remedy of the first finding with this id.
    #[track_caller]
    pub(super) fn finding(&self, id: &str) -> (String, String) {
        let report = self.report();
        let found = report.findings().into_iter().find(|finding| finding.id == Some(id));
        let found = found.unwrap_or_else(|| panic!("no {id} in {report:#?}"));
        (found.text.clone(), found.remedy.clone())
    }

    pub(super) fn first_line(&self) -> String {
        self.output(0).1.lines().next().unwrap().split('|').next().unwrap().to_owned()
    }

    /// The value of a metric, as it is printed.
    pub(super) fn value(&self, label: &str) -> Option<String> {
        let report = self.report();
        let metric = report.metrics().into_iter().find(|metric| metric.label.to_string() == label)?;
        Some(metric.value.to_string())
    }
}

/// The replies of the servers that may be rechecked.
fn all_mut(snapshot: &mut Snapshot) -> impl Iterator<Item = &mut Replies> {
    let everybody = snapshot.servers.iter_mut().chain(&mut snapshot.upstream);
    everybody.flat_map(|asked| &mut asked.names).flatten()
}

fn set(asked: &mut Asked, subjects: &[Subject], names: Names, rtype: Option<RecordType>, reply: &Reply) {
    let asked = asked.names.iter_mut().zip(subjects).enumerate();
    for (_, (all, subject)) in asked.filter(|(index, (_, subject))| names.has(*index, subject)) {
        for (old, question) in all.iter_mut().zip(&subject.questions) {
            if rtype.is_none_or(|rtype| rtype == question.rtype()) {
                *old = replies(reply, old.tcp.is_some());
            }
        }
    }
}

pub(super) fn reply(outcome: Outcome) -> Reply {
    let (sent, lost, rtt) = match outcome {
        Outcome::Answer(_) => (1, 0, Some(Duration::from_micros(4100))),
        Outcome::PortClosed | Outcome::Unreachable(_) => (1, 0, None),
        Outcome::OwnSide(_) => (0, 0, None),
        Outcome::Silent | Outcome::NotUnderstood(_) => (2, 2, None),
    };
    Reply { outcome, transport: Transport::Udp, sent, lost, rtt }
}

pub(super) fn answered(answer: Answer) -> Reply {
    reply(Outcome::Answer(answer))
}

pub(super) fn answer(rcode: Rcode, addresses: &[&str]) -> Answer {
    let flags = Flags { aa: false, tc: false, rd: true, ra: true, ad: false, cd: false };
    let address = |ip: &&str| Address { ip: ip.parse().unwrap(), ttl: 0 };
    Answer {
        rcode,
        flags,
        cnames: Vec::new(),
        addresses: addresses.iter().map(address).collect(),
        srv: Vec::new(),
        others: Vec::new(),
        min_ttl: (!addresses.is_empty()).then_some(0),
        soa: None,
        extended_errors: Vec::new(),
    }
}

pub(super) fn found(addresses: &[&str]) -> Reply {
    answered(answer(Rcode::NOERROR, addresses))
}

/// What fits into a datagram.
pub(super) fn truncated(addresses: &[&str]) -> Reply {
    let mut answer = answer(Rcode::NOERROR, addresses);
    answer.flags.tc = true;
    answered(answer)
}

pub(super) fn rcode(rcode: Rcode) -> Reply {
    answered(answer(rcode, &[]))
}

pub(super) fn servfail() -> Reply {
    rcode(Rcode::SERVFAIL)
}

/// REFUSED as BIND says it: without recursion, with its reason.
pub(super) fn prohibited() -> Reply {
    let mut answer = with_reason(answer(Rcode::REFUSED, &[]), 18, "");
    answer.flags.ra = false;
    answered(answer)
}

pub(super) fn with_reason(answer: Answer, code: u16, text: &str) -> Answer {
    Answer { extended_errors: vec![ExtendedError { code, text: text.to_owned() }], ..answer }
}

/// A denial from the zone of this owner, for so many seconds.
pub(super) fn denied(rcode: Rcode, owner: &str, ttl: u32) -> Answer {
    let owner = if owner == "." { Name::root() } else { parse_name(owner).unwrap() };
    Answer { soa: Some(Soa { owner, ttl, minimum: 86_400 }), ..answer(rcode, &[]) }
}

pub(super) fn nx_domain(owner: &str, ttl: u32) -> Reply {
    answered(denied(Rcode::NXDOMAIN, owner, ttl))
}

pub(super) fn no_data(owner: &str) -> Reply {
    answered(denied(Rcode::NOERROR, owner, 0))
}

pub(super) fn silent() -> Reply {
    reply(Outcome::Silent)
}

pub(super) fn closed() -> Reply {
    reply(Outcome::PortClosed)
}

/// Our own side keeps us from asking.
pub(super) fn not_asked() -> Reply {
    kept_by(CheckError::local("too many open files", "raise the limit"))
}

/// This limit of ours keeps us from asking.
pub(super) fn kept_by(limit: CheckError) -> Reply {
    reply(Outcome::OwnSide(limit))
}
