//! EXPECT: the records that an answer may have, and those that it must have.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use common::dns::{Answer, Name, RecordType, parse_name};
use common::wording;
use ipnet::IpNet;
use regex::{Regex, RegexBuilder};

use crate::net::network;
use crate::record::{Record, records};

/// Up to this many items are listed in full.
const LISTED: usize = 3;

/// The expectations of the records of an answer.
///
/// A list with commas: addresses and networks, hosts with a dot at their end (`db1.node.consul.`: an alias on the way, or
/// the target of SRV, MX, NS, PTR and CNAME), `min:N` and `max:N` for the number of records per type, `exact`, and
/// `~REGEX` for the whole text of a record as in a zone file, in any case. A regular expression may contain commas, so it
/// is the last item.
///
/// Each record must match one of the items, unless there are none. With `exact` each item must match a record, too.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expect {
    items: Vec<Item>,
    exact: bool,
    min: Option<usize>,
    max: Option<usize>,
}

/// One item of EXPECT that a record may match.
#[derive(Clone, Debug)]
struct Item {
    /// As given on the command line.
    text: String,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    Net(IpNet),
    Host(Name),
    Pattern(Regex),
}

/// A difference between an answer and EXPECT. Texts of the server are quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// Records that match no item, and the items.
    Unexpected { rtype: RecordType, records: Vec<String>, expected: String },
    /// Items that match no record, with `exact`.
    Missing(Vec<String>),
    /// Fewer records than `min:N`.
    TooFew { rtype: RecordType, found: usize, needed: usize },
    /// More records than `max:N`.
    TooMany { rtype: RecordType, found: usize, allowed: usize },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { rtype, records, expected } => {
                write!(f, "has unexpected {} {} ({expected})", noun(records.len(), *rtype), wording::list(records))
            }
            Self::Missing(items) => write!(f, "lacks {}", wording::list(items)),
            Self::TooFew { rtype, found, needed } => {
                write!(f, "has {found} {}, at least {needed} needed", noun(*found, *rtype))
            }
            Self::TooMany { rtype, found, allowed } => {
                write!(f, "has {found} {}, at most {allowed} allowed", noun(*found, *rtype))
            }
        }
    }
}

impl Expect {
    /// The differences of the answer to a question for this type.
    ///
    /// A name is asked for both kinds of addresses, and may have only one of them. So in an answer without records, only
    /// addresses of its kind can be missing. The absence of all records is not reported here.
    pub(crate) fn judge(&self, rtype: RecordType, answer: &Answer) -> Vec<Mismatch> {
        let records = records(answer);
        let found = records.len();
        let too_few = self.min.filter(|needed| found > 0 && found < *needed);
        let too_many = self.max.filter(|allowed| found > *allowed);
        let mismatches = [
            self.unexpected(rtype, &records, answer),
            self.missing(rtype, &records, answer),
            too_few.map(|needed| Mismatch::TooFew { rtype, found, needed }),
            too_many.map(|allowed| Mismatch::TooMany { rtype, found, allowed }),
        ];
        mismatches.into_iter().flatten().collect()
    }

    fn unexpected(&self, rtype: RecordType, records: &BTreeSet<Record>, answer: &Answer) -> Option<Mismatch> {
        let expects = |record: &&Record| self.items.iter().any(|item| item.matches(record, answer));
        let foreign: Vec<_> = records.iter().filter(|record| !expects(record)).map(ToString::to_string).collect();
        let is_unexpected = !self.items.is_empty() && !foreign.is_empty();
        is_unexpected.then(|| Mismatch::Unexpected { rtype, records: foreign, expected: self.expected() })
    }

    /// `not in 10.0.0.0/8 or fd00::/8`.
    fn expected(&self) -> String {
        let items: Vec<_> = self.items.iter().map(|item| item.text.as_str()).collect();
        // "a, b or c" helps only with a few items.
        let items = if items.len() > LISTED { wording::list(&items) } else { wording::any(&items) };
        if self.items.iter().all(Item::is_address) { format!("not in {items}") } else { format!("expected {items}") }
    }

    fn missing(&self, rtype: RecordType, records: &BTreeSet<Record>, answer: &Answer) -> Option<Mismatch> {
        let matched = |item: &Item| records.iter().any(|record| item.matches(record, answer));
        let lacks = |item: &&Item| self.exact && item.is_due(rtype, records.len()) && !matched(item);
        let missing: Vec<_> = self.items.iter().filter(lacks).map(|item| item.text.clone()).collect();
        (!missing.is_empty()).then_some(Mismatch::Missing(missing))
    }

    /// Whether it lists the right addresses, so that networks do not count.
    pub(crate) fn lists_addresses(&self) -> bool {
        self.items.iter().any(Item::is_address)
    }

    fn take(&mut self, text: &str) -> Result<(), String> {
        match text.split_once(':') {
            Some(("min", number)) => return set(&mut self.min, text, number),
            Some(("max", number)) => return set(&mut self.max, text, number),
            _ if text == "exact" => self.exact = true,
            _ => self.items.push(Item { text: text.to_owned(), matcher: matcher(text)? }),
        }
        Ok(())
    }

    /// The same, unless no answer could match it.
    fn checked(self) -> Result<Self, String> {
        if self.exact && self.items.is_empty() {
            return Err("\"exact\" also needs addresses, networks, hosts or a ~regex".to_owned());
        }
        match (self.min, self.max) {
            (Some(min), Some(max)) if min > max => Err(format!("min:{min} is more than max:{max}")),
            _ => Ok(self),
        }
    }
}

impl FromStr for Expect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut expect = Self::default();
        let mut rest = Some(text);
        while let Some(text) = rest {
            let text = text.trim();
            let (item, more) = match text.split_once(',') {
                Some((item, more)) if !text.starts_with('~') => (item.trim_end(), Some(more)),
                _ => (text, None),
            };
            expect.take(item)?;
            rest = more;
        }
        expect.checked()
    }
}

/// Reads `min:N` or `max:N`.
fn set(limit: &mut Option<usize>, text: &str, number: &str) -> Result<(), String> {
    let number: NonZeroU16 = number.parse().map_err(|_| format!("\"{text}\" needs a number from 1 to 65535"))?;
    match limit.replace(usize::from(number.get())) {
        None => Ok(()),
        Some(_) => Err(format!("\"{text}\" is given twice")),
    }
}

fn matcher(text: &str) -> Result<Matcher, String> {
    if let Some(pattern) = text.strip_prefix('~') {
        return whole(pattern).map(Matcher::Pattern);
    }
    if let Some(net) = network(text) {
        return Ok(Matcher::Net(net));
    }
    if text.len() > 1 && text.ends_with('.') {
        let host = parse_name(text).map(Matcher::Host);
        return host.map_err(|error| format!("\"{text}\": {error}"));
    }
    Err(format!(
        "\"{text}\" is not an address, network, host with a dot at its end, min:N, max:N, exact or ~regex (the last item)"
    ))
}

/// The regular expression, for a whole text.
fn whole(pattern: &str) -> Result<Regex, String> {
    let build = |pattern: &str| RegexBuilder::new(pattern).case_insensitive(true).size_limit(1 << 20).build();
    // First without the anchors, because "a)|(b" would be valid between them.
    build(pattern).and_then(|_| build(&format!("^(?:{pattern})$"))).map_err(|error| {
        // The lines before the last one are a drawing.
        let error = error.to_string();
        let why = error.lines().next_back().unwrap_or_default().trim_start_matches("error: ");
        format!("~{pattern}: {why}")
    })
}

impl Item {
    fn is_address(&self) -> bool {
        matches!(self.matcher, Matcher::Net(_))
    }

    fn matches(&self, record: &Record, answer: &Answer) -> bool {
        match &self.matcher {
            Matcher::Net(net) => record.ip.is_some_and(|ip| net.contains(&ip)),
            Matcher::Host(host) => record.host == Some(host) || answer.cnames.contains(host),
            Matcher::Pattern(regex) => regex.is_match(&record.text),
        }
    }

    /// Whether an answer with this many records of this type must contain the item.
    fn is_due(&self, rtype: RecordType, found: usize) -> bool {
        match (&self.matcher, rtype) {
            (Matcher::Net(net), RecordType::A) => net.addr().is_ipv4(),
            (Matcher::Net(net), RecordType::Aaaa) => net.addr().is_ipv6(),
            _ => found > 0,
        }
    }
}

/// `address`, `SRV records`.
fn noun(count: usize, rtype: RecordType) -> String {
    match (rtype, count) {
        (RecordType::A | RecordType::Aaaa, 1) => "address".to_owned(),
        (RecordType::A | RecordType::Aaaa, _) => "addresses".to_owned(),
        (_, 1) => format!("{rtype} record"),
        _ => format!("{rtype} records"),
    }
}

#[cfg(test)]
mod tests;
