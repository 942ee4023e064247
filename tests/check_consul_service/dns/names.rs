//! Name servers that say what a test wants, and hear what they are asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use test_support::message::{A, AAAA, Message, SRV, question};
use test_support::plugin::{Output, Plugin};
use test_support::server::{self, Dns, Transport};

use crate::check;
use crate::consul::Consul;

pub(super) const SERVFAIL: u8 = 2;
pub(super) const NXDOMAIN: u8 = 3;
pub(super) const REFUSED: u8 = 5;

/// A question as a name server hears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) transport: Transport,
    pub(super) name: String,
    pub(super) rtype: u16,
    /// How often it was asked before, over this transport.
    pub(super) turn: usize,
}

/// A running name server. Its port is not 8600, so it is a forwarder.
pub(super) struct Names {
    server: Dns,
    heard: Heard,
}

type Heard = Arc<Mutex<Vec<Query>>>;

impl Names {
    /// Says this, or nothing.
    pub(super) fn saying(say: impl Fn(&Query) -> Option<Message> + Send + Sync + 'static) -> Self {
        Self::writing(move |query, bytes| say(query).iter().map(|message| message.to(bytes)).collect())
    }

    /// Answers so, whatever it is asked for.
    pub(super) fn always(message: Message) -> Self {
        Self::saying(move |_| Some(message.clone()))
    }

    /// Names the instances on these nodes, as Consul does.
    pub(super) fn of(nodes: &'static [&'static str], ttl: u32) -> Self {
        Self::saying(move |query| Some(named(query, nodes, ttl)))
    }

    /// Sends these bytes.
    pub(super) fn writing(write: impl Fn(&Query, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        let heard = Heard::default();
        let shared = Arc::clone(&heard);
        let server = server::dns(move |transport, bytes| {
            let (name, rtype) = question(bytes);
            let mut heard = shared.lock().unwrap();
            let before = heard.iter().filter(|query| query.transport == transport && query.rtype == rtype);
            let query = Query { transport, name, rtype, turn: before.count() };
            heard.push(query.clone());
            drop(heard);
            write(&query, bytes)
        });
        Self { server, heard }
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// As the labels of the performance data have it.
    pub(super) fn label(&self, what: &str) -> String {
        format!("dns_{what}_{}", self.addr().to_string().replace(['.', ':'], "_"))
    }

    /// What it was asked, but for the datagrams that were sent again.
    pub(super) fn heard(&self) -> Vec<Query> {
        self.heard.lock().unwrap().clone()
    }

    /// How often it was asked for everything.
    pub(super) fn looks(&self) -> usize {
        let heard = self.heard();
        let counts = [Transport::Udp, Transport::Tcp].map(|transport| {
            [A, AAAA, SRV]
                .map(|rtype| heard.iter().filter(|query| query.transport == transport && query.rtype == rtype).count())
        });
        assert_eq!(counts, [[counts[0][0]; 3]; 2], "each question over each transport as often: {heard:?}");
        counts[0][0]
    }
}

/// `192.0.2.97` for node a, as the API has it.
pub(super) fn address(node: &str) -> String {
    format!("192.0.2.{}", node.bytes().fold(0_u8, u8::wrapping_add))
}

/// What Consul says of the instances on these nodes.
pub(super) fn named(query: &Query, nodes: &[&str], ttl: u32) -> Message {
    let message = Message { ttl, ..Message::default() };
    match query.rtype {
        _ if nodes.is_empty() => denial(NXDOMAIN),
        A => Message { addresses: nodes.iter().map(|node| address(node).parse().unwrap()).collect(), ..message },
        SRV => {
            Message { services: nodes.iter().map(|node| (format!("{node}.node.dc1.consul"), 80)).collect(), ..message }
        }
        _ => denial(0),
    }
}

/// As Consul denies that there is a name, or an address of a family.
pub(super) fn denial(rcode: u8) -> Message {
    Message { rcode, soa: Some(("consul", 0)), ..Message::default() }
}

pub(super) fn code(rcode: u8) -> Message {
    Message { rcode, ..Message::default() }
}

/// The check of this agent and these name servers, which looks again soon.
pub(super) fn compared(consul: &Consul, servers: &[&Names], args: &[&str]) -> Plugin {
    let per_server = if servers.is_empty() { &[][..] } else { &["--perfdata-per-server"] };
    let plugin = check(&["-H", &consul.address(), "--recheck", "0.1"]).args(args).args(per_server);
    servers.iter().fold(plugin, |plugin, names| plugin.args(["--dns", &names.addr().to_string()]))
}

pub(super) fn compare(consul: &Consul, servers: &[&Names], args: &[&str]) -> Output {
    compared(consul, servers, args).run()
}
