//! Asks every server for every name at once, and again for what is doubtful.

use std::time::Duration;

use common::dns::{self, Options, Pending, Question, Server, Transport};
use common::{Deadline, Pace, Recheck, Snapshots};

use crate::name::random_question;
use crate::policy::Target;
use crate::snapshot::{Asked, Diagnosis, Doubtful, Replies, ServerId, ServerKind, Snapshot};
use crate::subject::Subject;

/// Asks all servers for all names at the same moment, and asks again for what `recheck` finds doubtful.
pub(crate) async fn collect(
    target: &Target,
    recheck: impl Fn(&Snapshot) -> Option<Recheck<Doubtful>>,
    deadline: Deadline,
) -> Snapshots<Snapshot> {
    let first = ask(target, deadline).await;
    let recheck = |snapshots: &Snapshots<Snapshot>| recheck(snapshots.last());
    let again = async |first: &Snapshot, doubtful| ask_again(first, doubtful, target, deadline).await;
    // A second answer takes a moment, and a diagnosis is worth every moment that is left.
    let pace = Pace { pause: target.recheck.min(deadline.remaining() / 2), least: Duration::ZERO };
    Snapshots::settle(first, pace, deadline, recheck, again).await
}

/// Asks all servers for all names at the same moment.
async fn ask(target: &Target, deadline: Deadline) -> Snapshot {
    let names: Vec<_> = target.servers.iter().map(|server| server.name.as_str()).collect();
    common::stage(format!("asking {}", names.join(", ")));
    let patience = target.options.patience().min(deadline.remaining());
    let start = |kind, server| Asking::start(kind, server, target, deadline);
    // All questions are sent before the first reply is awaited.
    let servers: Vec<_> = target.servers.iter().map(|server| start(ServerKind::Judged, server)).collect();
    let upstream: Vec<_> = target.upstream.iter().map(|server| start(ServerKind::Upstream, server)).collect();
    let external: Vec<_> = target.external.iter().map(|server| start(ServerKind::External, server)).collect();
    Snapshot {
        servers: finish(servers).await,
        upstream: finish(upstream).await.pop(),
        external: finish(external).await,
        patience,
    }
}

/// Asks again for what is doubtful: the replies are added to those of the first snapshot.
async fn ask_again(first: &Snapshot, doubtful: Doubtful, target: &Target, deadline: Deadline) -> Snapshot {
    let diagnosing: Vec<_> = doubtful
        .failing
        .into_iter()
        .filter_map(|(id, question)| Some((id, Diagnosing::start(first.asked(id)?, question, target, deadline)?)))
        .collect();
    let asking: Vec<_> = doubtful
        .names
        .into_iter()
        .filter_map(|(id, index)| {
            Some(AskingAgain::start(id, index, first.asked(id)?, target.subjects.get(index)?, target, deadline))
        })
        .collect();
    let mut last = first.clone();
    for asking in asking {
        asking.finish(&mut last).await;
    }
    for (id, diagnosing) in diagnosing {
        let diagnosis = diagnosing.finish().await;
        if let Some(asked) = last.asked_mut(id) {
            asked.diagnosis = Some(diagnosis);
        }
    }
    last
}

async fn finish(all: Vec<Asking>) -> Vec<Asked> {
    let mut asked = Vec::new();
    for asking in all {
        asked.push(asking.finish().await);
    }
    asked
}

/// A server to which all questions were sent.
struct Asking {
    kind: ServerKind,
    server: Server,
    names: Vec<Vec<(Pending, Option<Pending>)>>,
}

impl Asking {
    fn start(kind: ServerKind, server: &Server, target: &Target, deadline: Deadline) -> Self {
        let start =
            |transport, question: &Question| dns::start(transport, server.address, question, &target.options, deadline);
        let name = |subject: &Subject| {
            let questions = if kind.is_asked_for(subject) { subject.questions.as_slice() } else { &[] };
            let both = |question: &Question| {
                let tcp = (!subject.is_random()).then(|| start(Transport::Tcp, question));
                (start(Transport::Udp, question), tcp)
            };
            questions.iter().map(both).collect()
        };
        Self { kind, server: server.clone(), names: target.subjects.iter().map(name).collect() }
    }

    async fn finish(self) -> Asked {
        let mut names = Vec::new();
        for pending in self.names {
            let mut replies = Vec::new();
            for (udp, tcp) in pending {
                let udp = udp.reply().await;
                let tcp = match tcp {
                    Some(tcp) => Some(tcp.reply().await),
                    None => None,
                };
                replies.push(Replies { udp, tcp, rechecked: None });
            }
            names.push(replies);
        }
        Asked { kind: self.kind, server: self.server, names, diagnosis: None }
    }
}

/// A name for which a server is asked again.
struct AskingAgain {
    id: ServerId,
    /// The index of the name.
    index: usize,
    pending: Vec<Pending>,
}

impl AskingAgain {
    fn start(
        id: ServerId,
        index: usize,
        asked: &Asked,
        subject: &Subject,
        target: &Target,
        deadline: Deadline,
    ) -> Self {
        let start = |question| dns::start(Transport::Udp, asked.server.address, question, &target.options, deadline);
        Self { id, index, pending: subject.questions.iter().map(start).collect() }
    }

    /// Adds the replies to the snapshot that is being taken.
    async fn finish(self, snapshot: &mut Snapshot) {
        let name = snapshot.asked_mut(self.id).and_then(|asked| asked.names.get_mut(self.index));
        for (replies, pending) in name.into_iter().flatten().zip(self.pending) {
            replies.rechecked = Some(pending.reply().await);
        }
    }
}

/// Two questions that were sent to find out why a name fails.
struct Diagnosing {
    question: Question,
    unchecked: Pending,
    fresh: Pending,
}

impl Diagnosing {
    /// `None` if the name is so long that no random label fits before it.
    fn start(asked: &Asked, question: Question, target: &Target, deadline: Deadline) -> Option<Self> {
        let unchecked = Options { checking_disabled: true, ..target.options };
        let fresh = random_question(question.name()).ok()?;
        let start = |question, options| dns::start(Transport::Udp, asked.server.address, question, options, deadline);
        Some(Self { unchecked: start(&question, &unchecked), fresh: start(&fresh, &target.options), question })
    }

    async fn finish(self) -> Diagnosis {
        Diagnosis { question: self.question, unchecked: self.unchecked.reply().await, fresh: self.fresh.reply().await }
    }
}
