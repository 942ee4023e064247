//! Chains of aliases within an answer.

use hickory_resolver::proto::rr::{RData, Record};

use super::Name;
use super::records::{owned_by, ttl};

/// The longest chain that is followed. Real chains have a few links; a hostile one has as many as fit.
pub(super) const MAX_CHAIN: usize = 16;

/// One link of a chain of aliases.
pub(super) struct Alias<'a> {
    pub(super) target: &'a Name,
    pub(super) ttl: u32,
}

/// The aliases from `start` on, in order (RFC 1034, section 3.6.2). A loop ends where it closes.
pub(super) fn follow<'a>(records: &'a [Record], start: &'a Name) -> Vec<Alias<'a>> {
    let mut chain: Vec<Alias> = Vec::new();
    let mut owner = start;
    while let Some(alias) = owned_by(records, owner).find_map(read) {
        owner = alias.target;
        let closes = owner == start || chain.iter().any(|link| link.target == owner);
        chain.push(alias);
        if closes || chain.len() == MAX_CHAIN {
            break;
        }
    }
    chain
}

fn read(record: &Record) -> Option<Alias<'_>> {
    match &record.data {
        RData::CNAME(cname) => Some(Alias { target: &cname.0, ttl: ttl(record) }),
        _ => None,
    }
}
