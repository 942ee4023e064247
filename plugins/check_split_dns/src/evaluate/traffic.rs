//! Queries, and datagrams that were lost.

use common::dns::{Reply, Transport};
use common::{Report, wording};

use crate::catalogue::{LOSS, QUERIES, RETRIES};
use crate::model::Resolution;
use crate::snapshot::Asked;

pub(super) fn measure(report: &mut Report, resolution: &Resolution) {
    let servers = &resolution.snapshot.servers;
    let replies: Vec<_> = servers.iter().flat_map(Asked::replies).collect();
    let queries: u32 = replies.iter().map(|reply| reply.sent).sum();
    let count = wording::count(queries as usize, "query", "queries");
    report.metric(&QUERIES, queries).words(format_args!("{count} sent"));
    let again = |reply: &Reply| reply.sent.saturating_sub(1);
    let retries: u32 = replies.iter().copied().map(again).sum();
    let count = wording::count(retries as usize, "datagram", "datagrams");
    let to = servers_with(servers, |reply| again(reply) > 0);
    let draft = report.metric(&RETRIES, retries).of_all(to.iter().copied());
    draft.words(format_args!("{count} sent again{}", listed(" to ", &to)));
    if let Some(loss) = loss(replies) {
        let to = servers_with(servers, |reply| reply.transport == Transport::Udp && reply.lost > 0);
        let draft = report.metric(&LOSS, loss).of_all(to.iter().copied());
        draft.words(format_args!("{loss} % of the datagrams lost{}", listed(", to ", &to)));
    }
}

/// The percentage of datagrams that stayed unanswered, rounded up: any loss is at least 1 %.
pub(super) fn loss<'a>(replies: impl IntoIterator<Item = &'a Reply>) -> Option<u32> {
    let over_udp = replies.into_iter().filter(|reply| reply.transport == Transport::Udp);
    let (sent, lost) = over_udp.fold((0_u32, 0_u32), |(sent, lost), reply| (sent + reply.sent, lost + reply.lost));
    (sent > 0).then(|| (lost.saturating_mul(100)).div_ceil(sent))
}

/// The servers with such replies.
fn servers_with(servers: &[Asked], is_such: impl Fn(&Reply) -> bool) -> Vec<&Asked> {
    servers.iter().filter(|asked| asked.replies().any(&is_such)).collect()
}

/// A word and the servers; nothing if there are none.
fn listed(word: &str, servers: &[&Asked]) -> String {
    let names: Vec<_> = servers.iter().map(|asked| asked.server.name.as_str()).collect();
    if names.is_empty() { String::new() } else { format!("{word}{}", wording::list(&names)) }
}
