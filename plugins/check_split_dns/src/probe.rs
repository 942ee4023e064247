//! Names of the command line, and what is expected of them.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use common::dns::{Name, Question, RecordType, parse_name};

use crate::expect::Expect;
use crate::name::plain;

/// The side of the split that serves a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// A zone of our own, such as `consul`.
    Internal,
    /// A name of the internet.
    External,
}

/// A name that every server must resolve.
#[derive(Clone, Debug)]
pub(crate) struct Probe {
    pub(crate) side: Side,
    /// As it is asked and printed: in ASCII, without the dot at its end.
    pub(crate) name: String,
    /// For A and AAAA, or for the one type that was given.
    pub(crate) questions: Vec<Question>,
    pub(crate) expect: Expect,
    question_name: Name,
}

/// A name that no server must resolve.
#[derive(Clone, Debug)]
pub(crate) struct Absent {
    /// As it is asked and printed: in ASCII, without the dot at its end.
    pub(crate) name: String,
    /// For A and AAAA, or for the one type that was given.
    pub(crate) questions: Vec<Question>,
    pub(crate) expect: AbsentAs,
    question_name: Name,
}

/// How servers must deny a name. A failure or no answer is not a denial.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AbsentAs {
    /// The name does not exist.
    #[default]
    NxDomain,
    /// The name exists, without records of this type.
    NoData,
    /// The server's policy forbids an answer.
    Refused,
}

impl Probe {
    /// `NAME[/TYPE][=EXPECT]` of an internal name.
    ///
    /// # Errors
    /// The part that is wrong, and the values that are known.
    pub(crate) fn internal(text: &str) -> Result<Self, String> {
        Self::parse(text, Side::Internal)
    }

    /// `NAME[/TYPE][=EXPECT]` of an external name.
    ///
    /// # Errors
    /// The part that is wrong, and the values that are known.
    pub(crate) fn external(text: &str) -> Result<Self, String> {
        Self::parse(text, Side::External)
    }

    /// The name as a server is asked for it.
    pub(crate) fn question_name(&self) -> &Name {
        &self.question_name
    }

    fn parse(text: &str, side: Side) -> Result<Self, String> {
        let (asked, expect) = parts(text);
        let (question_name, questions) = questions(asked)?;
        let expect = expect.map(str::parse).transpose()?.unwrap_or_default();
        let probe = Self { side, name: plain(&question_name), questions, expect, question_name };
        if probe.expect.lists_addresses() && !are_for_addresses(&probe.questions) {
            return Err("only A and AAAA have addresses: expect a host with a dot at its end, or a ~regex".to_owned());
        }
        Ok(probe)
    }
}

impl Absent {
    /// The name as a server is asked for it.
    pub(crate) fn question_name(&self) -> &Name {
        &self.question_name
    }
}

impl FromStr for Absent {
    type Err = String;

    /// `NAME[/TYPE][=nxdomain|nodata|refused]`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (asked, expect) = parts(text);
        let (question_name, questions) = questions(asked)?;
        let expect = expect.map(str::parse).transpose()?.unwrap_or_default();
        Ok(Self { name: plain(&question_name), questions, expect, question_name })
    }
}

impl AbsentAs {
    const ALL: [Self; 3] = [Self::NxDomain, Self::NoData, Self::Refused];
}

impl FromStr for AbsentAs {
    type Err = String;

    /// The displayed text, in any case.
    fn from_str(text: &str) -> Result<Self, String> {
        let is_meant = |kind: &Self| kind.to_string().eq_ignore_ascii_case(text.trim());
        let found = Self::ALL.into_iter().find(is_meant);
        found.ok_or_else(|| format!("\"{text}\" is not one of nxdomain, nodata and refused"))
    }
}

impl fmt::Display for AbsentAs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NxDomain => "NXDOMAIN",
            Self::NoData => "NODATA",
            Self::Refused => "REFUSED",
        })
    }
}

/// Whether a name is asked for addresses rather than for records of another type.
pub(crate) fn are_for_addresses(questions: &[Question]) -> bool {
    questions.iter().all(|question| matches!(question.rtype(), RecordType::A | RecordType::Aaaa))
}

/// The name and type, and the text after the first `=`.
fn parts(text: &str) -> (&str, Option<&str>) {
    text.split_once('=').map_or((text, None), |(asked, expect)| (asked, Some(expect)))
}

/// Reads `NAME[/TYPE]`. A `/` before a dot belongs to the name (RFC 2317, section 4).
fn questions(text: &str) -> Result<(Name, Vec<Question>), String> {
    let (name, rtypes) = match text.rsplit_once('/') {
        Some((name, rtype)) if !rtype.contains('.') => (name, vec![rtype.trim().parse()?]),
        _ => (text, vec![RecordType::A, RecordType::Aaaa]),
    };
    let name = asked_name(name.trim(), &rtypes)?;
    let question = |rtype| Question::new(&name, rtype).map_err(|error| error.to_string());
    let questions = rtypes.into_iter().map(question).collect::<Result<_, _>>()?;
    Ok((parse_name(&name).map_err(|error| error.to_string())?, questions))
}

/// The name of an address, where its name is asked for (RFC 1035, section 3.5; RFC 3596, section 2.5), else the text.
fn asked_name(text: &str, rtypes: &[RecordType]) -> Result<String, String> {
    match text.parse::<IpAddr>() {
        Ok(ip) if rtypes == [RecordType::Ptr] => Ok(Name::from(ip).to_ascii()),
        Ok(_) => Err(format!("\"{text}\" is an address; {text}/PTR asks for its name")),
        Err(_) => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests;
