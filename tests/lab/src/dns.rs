//! One question to one name server, by dig(1).

use std::fmt;

use anyhow::{Context as _, Result};

use crate::sandbox::Sandbox;

/// The answer of a name server; shown as `NXDOMAIN AD SOA . EDE 3`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The response code, as `NXDOMAIN`.
    pub code: String,
    /// The header's flags, as `aa`.
    pub flags: Vec<String>,
    /// The IPv4 addresses, sorted.
    pub addresses: Vec<String>,
    /// The owner of the SOA record in the answer, as `consul.`: the zone that denies.
    pub denied_by: Option<String>,
    /// For how many seconds the addresses or the denial may be kept, at most; 0 when there are none.
    pub lifetime: u32,
    /// The extended errors (RFC 8914) by their numbers.
    pub extended: Vec<u16>,
}

impl Answer {
    /// Whether the header has this flag.
    pub fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|set| set == flag)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)?;
        self.addresses.iter().try_for_each(|address| write!(f, " {address}"))?;
        for (shown, text) in [(self.has("aa"), "AA"), (self.has("ad"), "AD"), (!self.has("ra"), "no RA")] {
            if shown {
                write!(f, " {text}")?;
            }
        }
        self.denied_by.iter().try_for_each(|zone| write!(f, " SOA {zone}"))?;
        self.extended.iter().try_for_each(|code| write!(f, " EDE {code}"))
    }
}

/// A name server's port for DNS.
pub(crate) const PORT: u16 = 53;

/// A server's answer to a question in dig's words, as `www.example.org A +tcp`; an error without an answer.
pub(crate) fn ask(sandbox: &Sandbox, server: &str, port: u16, question: &str) -> Result<Answer> {
    let (server, port) = (format!("@{server}"), port.to_string());
    let options = ["-r", "+time=1", "+tries=1", "+adflag", "-p", &port, &server];
    let text = sandbox.run("dig", options.into_iter().chain(question.split(' ')))?;
    parse(&text).with_context(|| format!("dig printed no answer: {text}"))
}

fn parse(text: &str) -> Option<Answer> {
    let (_, header) = text.split_once("status: ")?;
    let (code, rest) = header.split_once(',')?;
    let (_, flags) = rest.split_once("flags: ")?;
    let (flags, _) = flags.split_once(';')?;
    let records: Vec<_> = text.lines().filter_map(Record::parse).collect();
    let mut addresses: Vec<_> = records.iter().filter(|record| record.kind == "A").map(|record| record.data).collect();
    addresses.sort_unstable();
    let judged = records.iter().filter(|record| matches!(record.kind, "A" | "SOA"));
    let extended = text.lines().filter_map(|line| line.strip_prefix("; EDE: ")?.split(' ').next()?.parse().ok());
    Some(Answer {
        code: code.to_owned(),
        flags: flags.split(' ').map(str::to_owned).collect(),
        addresses: addresses.into_iter().map(str::to_owned).collect(),
        denied_by: records.iter().find(|record| record.kind == "SOA").map(|record| record.owner.to_owned()),
        lifetime: judged.map(|record| record.lifetime).min().unwrap_or_default(),
        extended: extended.collect(),
    })
}

/// A record as dig prints it.
struct Record<'a> {
    owner: &'a str,
    lifetime: u32,
    kind: &'a str,
    /// The first field of its data.
    data: &'a str,
}

impl<'a> Record<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split_whitespace();
        let (owner, lifetime, _class) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?);
        Some(Self { owner, lifetime, kind: fields.next()?, data: fields.next()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By dig 9.18.49.
    const ADDRESSES: &str = "
; <<>> DiG 9.18 <<>> @127.0.0.11 www.example.org A
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; flags: qr rd ra ad; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
; EDE: 3 (Stale Answer): (resolver failure)
;; QUESTION SECTION:
;www.example.org.\t\tIN\tA

;; ANSWER SECTION:
www.example.org.\t300\tIN\tA\t192.0.2.2
www.example.org.\t200\tIN\tA\t192.0.2.1
";

    const DENIAL: &str = "
;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 1
;; flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1

;; AUTHORITY SECTION:
consul.\t\t\t57\tIN\tSOA\tns.consul. hostmaster.consul. 1795669150 3600 600 86400 60
";

    #[test]
    fn addresses_are_sorted_and_kept_for_the_shortest_of_their_lifetimes() {
        let answer = parse(ADDRESSES).unwrap();
        assert_eq!(answer.to_string(), "NOERROR 192.0.2.1 192.0.2.2 AD EDE 3");
        assert_eq!(answer.lifetime, 200);
    }

    #[test]
    fn a_denial_is_kept_for_the_lifetime_of_its_soa_record() {
        let answer = parse(DENIAL).unwrap();
        assert_eq!(answer.to_string(), "NXDOMAIN AA no RA SOA consul.");
        assert_eq!(answer.lifetime, 57);
    }

    #[test]
    fn no_header_is_no_answer() {
        assert_eq!(parse(";; connection timed out; no servers could be reached"), None);
    }
}
