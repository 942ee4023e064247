//! Asks every server for every name at once, and once more where the first look leaves doubts.

use std::time::Duration;

use common::Deadline;
use common::dns::{self, Options, Pending, Question, Server, Transport};

use crate::evaluate::Doubts;
use crate::policy::{Target, Whom};
use crate::snapshot::{Asked, Both, Cell, Diagnosis, Place, Snapshot};
use crate::subject::{Subject, random_question};

/// How long what changes in a catalogue may take to reach all its copies.
const PAUSE: Duration = Duration::from_millis(300);

/// Asks everybody for everything, all at the same moment.
pub(crate) async fn collect(target: &Target, deadline: Deadline) -> Snapshot {
    let names: Vec<_> = target.servers.iter().map(|server| server.name.as_str()).collect();
    common::stage(format!("asking {}", names.join(", ")));
    let patience = target.options.patience().min(deadline.remaining());
    let start = |whom, server| Asking::start(whom, server, target, deadline);
    // All questions are on their way before the first is waited for.
    let servers: Vec<_> = target.servers.iter().map(|server| start(Whom::Judged, server)).collect();
    let upstream = target.upstream.as_ref().map(|server| start(Whom::Upstream, server));
    let outside: Vec<_> = target.outside.iter().map(|server| start(Whom::Outside, server)).collect();
    Snapshot {
        servers: finish(servers).await,
        upstream: match upstream {
            Some(asking) => Some(asking.finish().await),
            None => None,
        },
        outside: finish(outside).await,
        patience,
    }
}

/// Asks once more what is doubtful, and what tells why a name fails.
pub(crate) async fn look_again(snapshot: &mut Snapshot, doubts: &Doubts, target: &Target, deadline: Deadline) {
    common::stage("asking once more");
    let diagnosing: Vec<_> = doubts
        .failing
        .iter()
        .filter_map(|(place, question)| {
            Some((*place, Diagnosing::start(snapshot, *place, question, target, deadline)?))
        })
        .collect();
    if !doubts.cells.is_empty() {
        tokio::time::sleep(PAUSE.min(deadline.remaining() / 2)).await;
    }
    let mut asking = Vec::new();
    for &(place, subject) in &doubts.cells {
        let (Some(asked), Some(subject_asked)) = (place.of(snapshot), target.subjects.get(subject)) else { continue };
        let start = |question| dns::start(Transport::Udp, asked.server.address, question, &target.options, deadline);
        asking.push((place, subject, subject_asked.questions.iter().map(start).collect::<Vec<_>>()));
    }
    for (place, subject, pending) in asking {
        let mut again = Vec::new();
        for pending in pending {
            again.push(pending.reply().await);
        }
        let cell = place.of_mut(snapshot).and_then(|asked| asked.cells.get_mut(subject));
        if let Some(cell) = cell {
            cell.again = again;
        }
    }
    for (place, diagnosing) in diagnosing {
        let diagnosis = diagnosing.finish().await;
        if let Some(asked) = place.of_mut(snapshot) {
            asked.diagnosis = Some(diagnosis);
        }
    }
}

async fn finish(all: Vec<Asking>) -> Vec<Asked> {
    let mut asked = Vec::new();
    for asking in all {
        asked.push(asking.finish().await);
    }
    asked
}

/// A server with all its questions on their way.
struct Asking {
    whom: Whom,
    server: Server,
    cells: Vec<Vec<(Pending, Option<Pending>)>>,
}

impl Asking {
    fn start(whom: Whom, server: &Server, target: &Target, deadline: Deadline) -> Self {
        let cell = |subject: &Subject| {
            let questions = if whom.is_asked_for(subject) { subject.questions.as_slice() } else { &[] };
            let start = |transport, question: &Question| {
                dns::start(transport, server.address, question, &target.options, deadline)
            };
            let both = |question: &Question| {
                let tcp = (!subject.is_random()).then(|| start(Transport::Tcp, question));
                (start(Transport::Udp, question), tcp)
            };
            questions.iter().map(both).collect()
        };
        Self { whom, server: server.clone(), cells: target.subjects.iter().map(cell).collect() }
    }

    async fn finish(self) -> Asked {
        let mut cells = Vec::new();
        for pending in self.cells {
            let mut cell = Cell::default();
            for (udp, tcp) in pending {
                let udp = udp.reply().await;
                let tcp = match tcp {
                    Some(tcp) => Some(tcp.reply().await),
                    None => None,
                };
                cell.replies.push(Both { udp, tcp });
            }
            cells.push(cell);
        }
        Asked { whom: self.whom, server: self.server, cells, diagnosis: None }
    }
}

/// Two questions on their way that tell why a name fails.
struct Diagnosing {
    question: Question,
    unchecked: Pending,
    fresh: Pending,
}

impl Diagnosing {
    /// None when the name is so long that none fits below it.
    fn start(
        snapshot: &Snapshot,
        place: Place,
        question: &Question,
        target: &Target,
        deadline: Deadline,
    ) -> Option<Self> {
        let server = place.of(snapshot)?.server.address;
        let unchecked = Options { checking_disabled: true, ..target.options };
        let fresh = random_question(question.name()).ok()?;
        let start = |question, options| dns::start(Transport::Udp, server, question, options, deadline);
        Some(Self {
            question: question.clone(),
            unchecked: start(question, &unchecked),
            fresh: start(&fresh, &target.options),
        })
    }

    async fn finish(self) -> Diagnosis {
        Diagnosis { question: self.question, unchecked: self.unchecked.reply().await, fresh: self.fresh.reply().await }
    }
}
