//! Servers whose text is made to be misread: it writes no line, state, direction, entity or number of its own.

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr};

use contract::{assert_nothing_forged, assert_plugin_output};
use test_support::message::Message;
use test_support::server::{self, Dns, HttpReply, Tcp};

use crate::subject::Subject;

/// What a server speaks, as far as its text gets into the output.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    /// The error packet that MariaDB sends in place of its greeting (MariaDB documentation, `ERR_Packet`).
    MariaDb,
    /// The body of a status 500, as Consul words its errors.
    Consul,
    /// The text of an extended error (RFC 8914).
    Dns,
}

enum Hostile {
    Tcp(Tcp),
    Dns(Dns),
}

impl Hostile {
    fn saying(protocol: Protocol, text: &'static str) -> Self {
        match protocol {
            Protocol::MariaDb => Self::Tcp(server::replies(move |mut stream| -> io::Result<()> {
                // Error 1130: the host is not allowed to connect.
                let payload = [&[0xff, 0x6a, 0x04], text.as_bytes()].concat();
                let length = u32::try_from(payload.len()).unwrap().to_le_bytes();
                stream.write_all(&[&length[..3], &[0], &payload].concat())?;
                stream.shutdown(Shutdown::Write)?;
                io::copy(&mut stream, &mut io::sink()).map(drop)
            })),
            Protocol::Consul => Self::Tcp(server::http_by_path(move |_| HttpReply::new(500, text))),
            Protocol::Dns => Self::Dns(server::dns(move |_, query| {
                let servfail = 2;
                let extended_error = Some((22, text.to_owned()));
                vec![Message { rcode: servfail, extended_error, ..Message::default() }.to(query)]
            })),
        }
    }

    fn addr(&self) -> SocketAddr {
        match self {
            Self::Tcp(server) => server.addr(),
            Self::Dns(server) => server.addr(),
        }
    }
}

/// Each is harmless in a shell, and something else on a page of Icinga or in its performance data.
const TEXTS: [&str; 12] = [
    r"one\n[OK] two\tthree",
    "one\n[OK] two\r\nOK three",
    "&#10;[OK] two &#8238; &lt;b&gt; &amp;nbsp",
    "[OK] all is well (CRITICAL) [UP] (PENDING)",
    "\u{202e}lla\u{2066} \u{200b}\u{feff}\u{ad}",
    "\u{e000}\u{2800}\u{378}\u{2028}\u{2029}",
    "<b>bold</b> <none> <a href=x>",
    "up|members=3 'evil'=1;;;;",
    "\x1b[31mred\x07\x00\x7f\u{9b}",
    "[\u{200b}OK] \\\u{200b}n &\u{200b}#10;",
    "[[OK]] \\\\n &&#10; <<b>",
    "ends with a backslash \\",
];

pub(crate) fn hostile_text_writes_nothing_of_its_own(subject: &Subject) {
    let quiet = labels(subject, "harmless", &[]);
    for text in TEXTS {
        for args in [&[][..], &["-vvv"]] {
            assert_eq!(labels(subject, text, args), quiet, "{text:?}");
        }
    }
}

/// The labels of the performance data, after the output was read as Icinga and its page read it.
fn labels(subject: &Subject, text: &'static str, args: &[&str]) -> Vec<String> {
    let server = Hostile::saying(subject.protocol, text);
    let output = subject.asks(server.addr()).args(args).run();
    let word = text.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| word.len() > 2);
    assert!(word.is_none_or(|word| output.stdout.contains(word)), "{text:?} is not told: {output:?}");
    // With -v the output may be longer than the budget.
    match args {
        [] => assert_plugin_output(subject.service(), &output),
        _ => assert_nothing_forged(&output),
    }
    output.perfdata().into_iter().map(|value| value.label).collect()
}
