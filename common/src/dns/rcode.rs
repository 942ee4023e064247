//! Response codes.

use std::fmt;

/// The response code of an answer, with the upper bits that EDNS adds (RFC 6891, section 6.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rcode(pub u16);

impl Rcode {
    /// No error. The answer may still have no records.
    pub const NOERROR: Self = Self(0);
    /// The server failed to find the answer.
    pub const SERVFAIL: Self = Self(2);
    /// The name does not exist, nor does any name below it (RFC 8020).
    pub const NXDOMAIN: Self = Self(3);
    /// The server does not support such questions.
    pub const NOTIMP: Self = Self(4);
    /// The server's policy forbids an answer.
    pub const REFUSED: Self = Self(5);
}

impl fmt::Display for Rcode {
    /// The mnemonic of the IANA registry (RFC 6895, section 2.3), or the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mnemonic = match self.0 {
            0 => "NOERROR",
            1 => "FORMERR",
            2 => "SERVFAIL",
            3 => "NXDOMAIN",
            4 => "NOTIMP",
            5 => "REFUSED",
            6 => "YXDOMAIN",
            7 => "YXRRSET",
            8 => "NXRRSET",
            9 => "NOTAUTH",
            10 => "NOTZONE",
            16 => "BADVERS",
            23 => "BADCOOKIE",
            number => return write!(f, "RCODE {number}"),
        };
        f.write_str(mnemonic)
    }
}
