//! Records of the types that have no field of their own in an answer.

use std::fmt::Write;

use hickory_resolver::proto::rr::{RData, Record, rdata};

use super::Name;
use super::records::ttl;

/// A record that is neither an address nor a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherRecord {
    /// The data as in a zone file. The strings of TXT are joined, without quotes. Unknown types are shown as in RFC
    /// 3597, section 5. The text is at most a few times as long as the data or as the longest name.
    pub text: String,
    /// The host that MX, NS, PTR or CNAME points to; for SOA the primary server.
    pub host: Option<Name>,
    /// Time to live in seconds.
    pub ttl: u32,
}

impl OtherRecord {
    pub(super) fn read(record: &Record) -> Self {
        let host = host(&record.data);
        Self { text: text(&record.data, host), host: host.cloned(), ttl: ttl(record) }
    }
}

fn host(data: &RData) -> Option<&Name> {
    match data {
        RData::CNAME(rdata::CNAME(host)) | RData::NS(rdata::NS(host)) | RData::PTR(rdata::PTR(host)) => Some(host),
        RData::MX(mx) => Some(&mx.exchange),
        RData::SOA(soa) => Some(&soa.mname),
        _ => None,
    }
}

fn text(data: &RData, host: Option<&Name>) -> String {
    let host = host.map(Name::to_ascii).unwrap_or_default();
    match data {
        RData::CNAME(_) | RData::NS(_) | RData::PTR(_) => host,
        RData::MX(mx) => format!("{} {host}", mx.preference),
        RData::SOA(soa) => {
            let rdata::SOA { serial, minimum, .. } = soa;
            let [refresh, retry, expire] = [soa.refresh, soa.retry, soa.expire].map(i32::cast_unsigned);
            format!("{host} {} {serial} {refresh} {retry} {expire} {minimum}", soa.rname.to_ascii())
        }
        RData::TXT(txt) => String::from_utf8_lossy(&txt.txt_data.concat()).into_owned(),
        RData::Unknown { rdata, .. } | RData::NULL(rdata) => unknown(&rdata.anything),
        known => {
            let mut text = String::new();
            // Only OPT has no text, and no record in an answer has that type.
            let _ = write!(text, "{known}");
            text
        }
    }
}

/// `\# 4 c0000201` (RFC 3597, section 5).
fn unknown(data: &[u8]) -> String {
    let mut text = format!("\\# {}", data.len());
    for (index, byte) in data.iter().enumerate() {
        let gap = if index == 0 { " " } else { "" };
        // Writing to a string cannot fail.
        let _ = write!(text, "{gap}{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::rr::{RecordType as Rtype, rdata};

    use super::super::answer::tests::read_for;
    use super::super::{Question, RecordType, fake, parse_name};
    use super::*;

    const OWNER: &str = "example.com";

    fn name(text: &str) -> Name {
        parse_name(text).unwrap()
    }

    fn of_unknown(code: u16, data: &[u8]) -> RData {
        RData::Unknown { code: Rtype::from(code), rdata: rdata::NULL::with(data.to_vec()) }
    }

    /// The record that is read after encoding.
    fn read(rtype: RecordType, data: RData) -> OtherRecord {
        let answer = read_for(&Question::new(OWNER, rtype).unwrap(), |message| {
            message.add_answer(fake::record(OWNER, 300, data));
        });
        let [record] = answer.others.as_slice() else { panic!("{answer:?}") };
        record.clone()
    }

    /// The forms of RFC 1035, section 5.1, with the numbers of section 3.3.
    #[test]
    fn data_are_shown_as_in_a_zone_file() {
        let soa = rdata::SOA::new(name("ns1.example.com"), name("admin.example.com"), 7, -1, 2, 3, 4);
        let ns1 = || name("ns1.example.com");
        for (rtype, data, text, host) in [
            (RecordType::Ns, RData::NS(rdata::NS(ns1())), "ns1.example.com.", Some(ns1())),
            (RecordType::Ptr, RData::PTR(rdata::PTR(ns1())), "ns1.example.com.", Some(ns1())),
            (RecordType::Cname, RData::CNAME(rdata::CNAME(ns1())), "ns1.example.com.", Some(ns1())),
            (RecordType::Mx, RData::MX(rdata::MX::new(10, ns1())), "10 ns1.example.com.", Some(ns1())),
            (RecordType::Mx, RData::MX(rdata::MX::new(0, Name::root())), "0 .", Some(Name::root())),
            (RecordType::Soa, RData::SOA(soa), "ns1.example.com. admin.example.com. 7 4294967295 2 3 4", Some(ns1())),
            (
                RecordType::Ns,
                RData::NS(rdata::NS(name("bücher.example"))),
                "xn--bcher-kva.example.",
                Some(name("bücher.example")),
            ),
        ] {
            assert_eq!(read(rtype, data), OtherRecord { text: text.to_owned(), host, ttl: 300 });
        }
    }

    #[test]
    fn the_strings_of_a_text_are_joined() {
        for (strings, text) in [
            (&[b"v=spf1 ".as_slice(), b"-all"][..], "v=spf1 -all"),
            (&[b"say \"hi\"".as_slice()], "say \"hi\""),
            (&["bü".as_bytes(), &[0xff]], "bü\u{fffd}"),
            (&[&b"b\xc3"[..], b"\xbc"], "bü"),
            (&[b""], ""),
        ] {
            let data = RData::TXT(rdata::TXT::from_bytes(strings.to_vec()));
            assert_eq!(read(RecordType::Txt, data).text, text);
        }
    }

    /// TYPE731 is the example of RFC 3597, section 5.
    #[test]
    fn unknown_types_are_shown_in_hexadecimal() {
        let data = of_unknown(731, &[0xab, 0xcd, 0xef, 1, 0x23, 0x45]);
        let record = read(RecordType::Other(731), data);
        assert_eq!((record.text.as_str(), record.host), ("\\# 6 abcdef012345", None));
    }

    /// `CAA 0 issue "ca.example.net"` is the example of RFC 8659, section 4.2, in the wire format of section 4.1.
    #[test]
    fn other_types_that_the_codec_knows_are_shown_as_in_a_zone_file() {
        let record = read(RecordType::Other(257), of_unknown(257, b"\0\x05issueca.example.net"));
        assert_eq!(record.text, "0 issue \"ca.example.net\"");
    }

    #[test]
    fn the_longest_data_stay_within_bounds() {
        let data = vec![0xff; 65_000];
        let record = read(RecordType::Other(65_280), of_unknown(65_280, &data));
        assert_eq!(record.text.len(), "\\# 65000 ".len() + 130_000);
    }
}
