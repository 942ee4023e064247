//! Records of an answer.

use hickory_resolver::proto::rr::{DNSClass, Record};

use super::Name;

/// The records of this owner, in the class IN.
pub(super) fn owned_by<'a>(records: &'a [Record], owner: &Name) -> impl Iterator<Item = &'a Record> {
    records.iter().filter(move |record| record.dns_class == DNSClass::IN && record.name == *owner)
}

/// Time to live in seconds. A value with the topmost bit set counts as zero (RFC 2181, section 8).
pub(super) fn ttl(record: &Record) -> u32 {
    if record.ttl > i32::MAX.unsigned_abs() { 0 } else { record.ttl }
}
