//! The addresses of internal names, and how long they may be cached.

use common::{Report, wording};

use crate::catalogue::{INTERNAL_ADDRESSES, INTERNAL_TTL};
use crate::model::Resolution;
use crate::probe::Side;

/// Each name is measured on all servers together.
pub(super) fn measure(report: &mut Report, resolution: &Resolution) {
    let subjects = resolution.subjects.iter().enumerate();
    let internal: Vec<_> = subjects.filter(|(_, subject)| subject.is_known(Side::Internal)).collect();
    let addresses = internal.iter().filter_map(|(index, subject)| Some((resolution.addresses(*index)?, *subject)));
    if let Some((fewest, subject)) = addresses.min_by_key(|(count, _)| *count) {
        let count = wording::count(fewest, "address", "addresses");
        let draft = report.metric(&INTERNAL_ADDRESSES, fewest).of(subject);
        draft.words(format_args!("{} has {count}", subject.name));
    }
    let ttls = internal.iter().filter_map(|(index, subject)| Some((resolution.ttl(*index)?, *subject)));
    if let Some((longest, subject)) = ttls.reduce(|longest, ttl| if ttl.0 > longest.0 { ttl } else { longest }) {
        let draft = report.metric(&INTERNAL_TTL, longest).of(subject);
        draft.words(format_args!("{} may be cached for {longest} s", subject.name));
    }
}
