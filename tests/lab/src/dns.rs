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
    /// Sorted.
    pub(crate) addresses: Vec<String>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.addresses.join(" "))
    }
}

/// The A records of a name; an error when there is no answer.
pub(crate) fn ask(sandbox: &Sandbox, server: &str, name: &str) -> Result<Answer> {
    let server = format!("@{server}");
    let text = sandbox.run("dig", ["-r", "+time=1", "+tries=1", "+noedns", "+adflag", &server, name, "A"])?;
    parse(&text).with_context(|| format!("dig printed no answer: {text}"))
}

fn parse(text: &str) -> Option<Answer> {
    let (_, header) = text.split_once("status: ")?;
    let (code, rest) = header.split_once(',')?;
    let (_, flags) = rest.split_once("flags: ")?;
    let (flags, _) = flags.split_once(';')?;
    let mut addresses: Vec<_> = text.lines().filter_map(address).collect();
    addresses.sort_unstable();
    Some(Answer { code: code.to_owned(), authenticated: flags.split(' ').any(|flag| flag == "ad"), addresses })
}

fn address(line: &str) -> Option<String> {
    let mut fields = line.split_whitespace().skip(3);
    (fields.next()? == "A").then_some(())?;
    fields.next().map(str::to_owned)
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
www.example.org.\t300\tIN\tA\t192.0.2.1
";

    #[test]
    fn code_flags_and_addresses_are_read() {
        let addresses = vec!["192.0.2.1".to_owned(), "192.0.2.2".to_owned()];
        let answer = Answer { code: "NOERROR".to_owned(), authenticated: true, addresses };
        assert_eq!(parse(TEXT), Some(answer));
        assert!(!parse(&TEXT.replace(" ad;", ";")).unwrap().authenticated);
    }

    #[test]
    fn no_header_is_no_answer() {
        assert_eq!(parse(";; connection timed out; no servers could be reached"), None);
    }
}
