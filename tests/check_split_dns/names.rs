//! Name servers that say what a test wants, and hear what they are asked.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use test_support::message::{A, AAAA, Message, is_unchecked, question};
use test_support::server::{self, Dns, Transport};

pub(crate) const INTERNAL: &str = "galeradb.service.consul";
pub(crate) const EXTERNAL: &str = "www.example.com";

pub(crate) const SERVFAIL: u8 = 2;
pub(crate) const NXDOMAIN: u8 = 3;
pub(crate) const REFUSED: u8 = 5;

/// A question as a name server hears it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query {
    /// The index of the server among those of one port.
    pub(crate) index: usize,
    pub(crate) transport: Transport,
    pub(crate) name: String,
    pub(crate) rtype: u16,
    /// Whether DNSSEC validation is not wanted.
    pub(crate) is_unchecked: bool,
    /// How often exactly this was asked before.
    pub(crate) turn: usize,
}

impl Query {
    pub(crate) fn is_for(&self, name: &str) -> bool {
        self.name == name
    }

    /// For a name of the internal zone, random or not.
    pub(crate) fn is_internal(&self) -> bool {
        self.name.ends_with("consul")
    }

    /// For a name that no cache has, beside the internal name, or below it when a cause is looked for.
    pub(crate) fn is_random_internal(&self) -> bool {
        self.is_random() && self.is_internal()
    }

    pub(crate) fn is_random_external(&self) -> bool {
        self.is_random() && !self.is_internal()
    }

    pub(crate) fn is_random(&self) -> bool {
        self.name.starts_with("csd-")
    }

    pub(crate) fn is_udp(&self) -> bool {
        self.transport == Transport::Udp
    }
}

/// Running name servers: one, or several at one port.
pub(crate) struct Names {
    servers: Vec<Dns>,
    heard: Heard,
}

type Heard = Arc<Mutex<Vec<Query>>>;

impl Names {
    pub(crate) fn healthy() -> Self {
        Self::but(|_| None)
    }

    /// Says what it should, or this instead.
    pub(crate) fn but(say: impl Fn(&Query) -> Option<Message> + Send + Sync + 'static) -> Self {
        Self::writing(move |query, bytes| vec![say(query).unwrap_or_else(|| right(query)).to(bytes)])
    }

    /// Says what it should, but nothing to these questions.
    pub(crate) fn silent_to(ignored: impl Fn(&Query) -> bool + Send + Sync + 'static) -> Self {
        Self::writing(move |query, bytes| if ignored(query) { vec![] } else { vec![right(query).to(bytes)] })
    }

    /// Sends these bytes.
    pub(crate) fn writing(write: impl Fn(&Query, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        Self::at(&["127.0.0.1"], write)
    }

    /// The same at each of these addresses, all on one port.
    pub(crate) fn at(hosts: &[&str], write: impl Fn(&Query, &[u8]) -> Vec<Vec<u8>> + Send + Sync + 'static) -> Self {
        let hosts: Vec<_> = hosts.iter().map(|host| host.parse().unwrap()).collect();
        let heard = Heard::default();
        let shared = Arc::clone(&heard);
        let servers = server::dns_at(&hosts, move |index, transport, bytes| {
            let query = hear(&shared, index, transport, bytes);
            write(&query, bytes)
        });
        Self { servers, heard }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.servers[0].addr()
    }

    pub(crate) fn port(&self) -> String {
        self.addr().port().to_string()
    }

    /// All that it was asked.
    pub(crate) fn heard(&self) -> Vec<Query> {
        self.heard.lock().unwrap().clone()
    }

    /// How often it was asked for this.
    pub(crate) fn count(&self, is_such: impl Fn(&Query) -> bool) -> usize {
        self.heard().iter().filter(|query| is_such(query)).count()
    }

    /// The line that says that it answers both names as it should.
    pub(crate) fn is_right(&self) -> String {
        let [one, two, three] = MEMBERS;
        let [v4, v6] = PUBLIC;
        format!("[OK] {}: {INTERNAL} {one}, {two} and {three}; {EXTERNAL} {v4} and {v6}", self.addr())
    }
}

fn hear(heard: &Heard, index: usize, transport: Transport, bytes: &[u8]) -> Query {
    let (name, rtype) = question(bytes);
    let mut query = Query { index, transport, name, rtype, is_unchecked: is_unchecked(bytes), turn: 0 };
    let mut heard = heard.lock().unwrap();
    query.turn = heard.iter().filter(|before| Query { turn: 0, ..(*before).clone() } == query).count();
    heard.push(query.clone());
    query
}

/// The addresses of the internal name.
pub(crate) const MEMBERS: [&str; 3] = ["10.0.0.11", "10.0.0.12", "10.0.0.13"];

/// The addresses of the external name.
pub(crate) const PUBLIC: [&str; 2] = ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"];

/// The answer of a resolver that has the internal zone from Consul.
pub(crate) fn right(query: &Query) -> Message {
    match (query.name.as_str(), query.rtype) {
        (INTERNAL, A) => found(&MEMBERS),
        (INTERNAL, _) => no_data(),
        (EXTERNAL, A) => found(&PUBLIC[..1]),
        (EXTERNAL, AAAA) => found(&PUBLIC[1..]),
        (EXTERNAL, _) => Message { soa: Some(("example.com", 900)), ..Message::default() },
        _ if query.is_internal() => denied("consul", 0),
        _ => denied("com", 900),
    }
}

pub(crate) fn found(addresses: &[&str]) -> Message {
    let address = |ip: &&str| ip.parse::<IpAddr>().unwrap();
    Message { addresses: addresses.iter().map(address).collect(), ..Message::default() }
}

/// NXDOMAIN from the zone of this name, for so many seconds.
pub(crate) fn denied(owner: &'static str, ttl: u32) -> Message {
    Message { soa: Some((owner, ttl)), ..code(NXDOMAIN) }
}

/// As Consul denies an address of a family.
pub(crate) fn no_data() -> Message {
    Message { soa: Some(("consul", 0)), ..Message::default() }
}

pub(crate) fn code(rcode: u8) -> Message {
    Message { rcode, ..Message::default() }
}

/// A response code with a reason (RFC 8914).
pub(crate) fn because(rcode: u8, reason: u16, text: &str) -> Message {
    Message { extended_error: Some((reason, text.to_owned())), ..code(rcode) }
}
