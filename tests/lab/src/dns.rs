//! One question to one name server, by dig(1).

use std::fmt;

use anyhow::{Context as _, Result};

use crate::sandbox::Sandbox;

/// What a name server answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The response code, as `NXDOMAIN`.
    pub(crate) code: String,
    /// Whether the data was validated (flag AD).
    pub(crate) authenticated: bool,
    /// The IPv4 addresses, sorted.
    pub(crate) addresses: Vec<String>,
    /// For how many seconds the answer may be kept, at most; 0 when it is empty.
    pub(crate) lifetime: u32,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.addresses.join(" "))
    }
}

/// A name server's port for DNS.
pub(crate) const PORT: u16 = 53;

/// The records of a kind (`A`) that a name has; an error when there is no answer.
pub(crate) fn ask(sandbox: &Sandbox, server: &str, port: u16, name: &str, kind: &str) -> Result<Answer> {
    let (server, port) = (format!("@{server}"), port.to_string());
    let options = ["-r", "+time=1", "+tries=1", "+noedns", "+adflag", "-p", &port];
    let text = sandbox.run("dig", options.into_iter().chain([server.as_str(), name, kind]))?;
    parse(&text).with_context(|| format!("dig printed no answer: {text}"))
}

fn parse(text: &str) -> Option<Answer> {
    let (_, header) = text.split_once("status: ")?;
    let (code, rest) = header.split_once(',')?;
    let (_, flags) = rest.split_once("flags: ")?;
    let (flags, _) = flags.split_once(';')?;
    let records = || text.lines().filter_map(record);
    let mut addresses: Vec<_> = records().map(|(_, address)| address).collect();
    addresses.sort_unstable();
    Some(Answer {
        code: code.to_owned(),
        authenticated: flags.split(' ').any(|flag| flag == "ad"),
        addresses,
        lifetime: records().map(|(lifetime, _)| lifetime).min().unwrap_or_default(),
    })
}

/// The lifetime and the address of an A record.
fn record(line: &str) -> Option<(u32, String)> {
    let mut fields = line.split_whitespace().skip(1);
    let lifetime = fields.next()?.parse().ok()?;
    (fields.nth(1)? == "A").then_some(())?;
    Some((lifetime, fields.next()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
; <<>> DiG 9.18 <<>> @127.0.0.11 www.example.org A
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; flags: qr rd ra ad; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0

;; QUESTION SECTION:
;www.example.org.\t\tIN\tA

;; ANSWER SECTION:
www.example.org.\t300\tIN\tA\t192.0.2.2
www.example.org.\t200\tIN\tA\t192.0.2.1
";

    #[test]
    fn code_flags_and_addresses_are_read() {
        let addresses = vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()];
        let answer = Answer { code: "NOERROR".to_owned(), authenticated: true, addresses, lifetime: 200 };
        assert_eq!(parse(TEXT), Some(answer));
        assert!(!parse(&TEXT.replace(" ad;", ";")).unwrap().authenticated);
    }

    #[test]
    fn no_header_is_no_answer() {
        assert_eq!(parse(";; connection timed out; no servers could be reached"), None);
    }
}
