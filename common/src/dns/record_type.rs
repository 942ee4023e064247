//! Record types and their names.

use std::fmt;
use std::str::FromStr;

use hickory_resolver::proto::rr;

/// A record type that the plugins ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// IPv4 addresses (RFC 1035).
    A,
    /// IPv6 addresses (RFC 3596).
    Aaaa,
    /// Hosts and ports of a service (RFC 2782).
    Srv,
    /// Texts (RFC 1035).
    Txt,
    /// The name that belongs to an address (RFC 1035).
    Ptr,
    /// The alias itself, which is not followed (RFC 1035).
    Cname,
    /// Mail servers (RFC 1035).
    Mx,
    /// The name servers of a zone (RFC 1035).
    Ns,
    /// The start of authority of a zone (RFC 1035).
    Soa,
    /// Any other type, by its number.
    Other(u16),
}

impl RecordType {
    /// The types that have a mnemonic here.
    const NAMED: [Self; 9] =
        [Self::A, Self::Aaaa, Self::Srv, Self::Txt, Self::Ptr, Self::Cname, Self::Mx, Self::Ns, Self::Soa];

    /// Whether records can have this type. The other numbers are for questions and messages (RFC 6895, section 3.1).
    fn is_of_data(self) -> bool {
        !matches!(self, Self::Other(0 | 41 | 128..=255 | 65_535))
    }
}

impl From<RecordType> for u16 {
    /// The number in the IANA registry (RFC 6895, section 3.1).
    fn from(rtype: RecordType) -> Self {
        match rtype {
            RecordType::A => 1,
            RecordType::Ns => 2,
            RecordType::Cname => 5,
            RecordType::Soa => 6,
            RecordType::Ptr => 12,
            RecordType::Mx => 15,
            RecordType::Txt => 16,
            RecordType::Aaaa => 28,
            RecordType::Srv => 33,
            RecordType::Other(number) => number,
        }
    }
}

impl From<u16> for RecordType {
    fn from(number: u16) -> Self {
        Self::NAMED.into_iter().find(|rtype| u16::from(*rtype) == number).unwrap_or(Self::Other(number))
    }
}

impl From<RecordType> for rr::RecordType {
    fn from(rtype: RecordType) -> Self {
        u16::from(rtype).into()
    }
}

impl fmt::Display for RecordType {
    /// The mnemonic, or `TYPEnnn` (RFC 3597, section 5).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
            Self::Ptr => "PTR",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Soa => "SOA",
            Self::Other(number) => return write!(f, "TYPE{number}"),
        })
    }
}

impl FromStr for RecordType {
    type Err = String;

    /// A mnemonic or `TYPEnnn`, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::NAMED.into_iter().find(|rtype| rtype.to_string().eq_ignore_ascii_case(text));
        let Some(rtype) = named.or_else(|| Some(numbered(text)?.into())) else {
            let known = Self::NAMED.map(|rtype| rtype.to_string()).join(", ");
            return Err(format!(
                "\"{text}\" is no record type: known are {known}; write another one as a number, such as TYPE257"
            ));
        };
        if rtype.is_of_data() { Ok(rtype) } else { Err(format!("\"{text}\" is a type that records cannot have")) }
    }
}

/// Reads the number in `TYPEnnn`.
fn numbered(text: &str) -> Option<u16> {
    let (prefix, digits) = text.split_at_checked(4)?;
    let is_number = prefix.eq_ignore_ascii_case("TYPE") && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers of the IANA registry.
    #[test]
    fn types_have_a_mnemonic_and_a_number() {
        for (text, rtype, number) in [
            ("A", RecordType::A, 1),
            ("NS", RecordType::Ns, 2),
            ("CNAME", RecordType::Cname, 5),
            ("SOA", RecordType::Soa, 6),
            ("PTR", RecordType::Ptr, 12),
            ("MX", RecordType::Mx, 15),
            ("TXT", RecordType::Txt, 16),
            ("AAAA", RecordType::Aaaa, 28),
            ("SRV", RecordType::Srv, 33),
            ("TYPE257", RecordType::Other(257), 257),
            ("TYPE65280", RecordType::Other(65_280), 65_280),
        ] {
            assert_eq!(text.parse(), Ok(rtype));
            assert_eq!(text.to_ascii_lowercase().parse(), Ok(rtype));
            assert_eq!(format!("TYPE{number}").parse(), Ok(rtype));
            assert_eq!((rtype.to_string().as_str(), u16::from(rtype)), (text, number));
            assert_eq!(u16::from(rr::RecordType::from(rtype)), number);
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        for (text, said) in [
            ("", "\"\" is no record type: known are A, AAAA, SRV, TXT, PTR, CNAME, MX, NS, SOA; write"),
            ("CAA", "\"CAA\" is no record type"),
            ("TYPE", "is no record type"),
            ("TYPE+1", "is no record type"),
            ("TYPE 1", "is no record type"),
            ("TYPE65536", "is no record type"),
            ("TYÜE1", "is no record type"),
            ("TYPE0", "a type that records cannot have"),
            ("TYPE41", "a type that records cannot have"),
            ("TYPE252", "a type that records cannot have"),
            ("type255", "\"type255\" is a type that records cannot have"),
        ] {
            let error = text.parse::<RecordType>().unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
