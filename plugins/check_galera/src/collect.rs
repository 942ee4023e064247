//! Asks all nodes at once.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use common::{Deadline, io_error, text};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, DriverError, Error, IoError, Opts, OptsBuilder, Row};
use tokio::net;
use tokio::task::JoinSet;

use crate::policy::{Node, Target};
use crate::snapshot::{Answer, Asked, Facts, STATUS, Snapshot, VARIABLES};

/// A node that does not even let us log in within this is down; less when the whole run is shorter.
const LOGIN_LIMIT: Duration = Duration::from_secs(3);

/// The largest value that is read, in bytes; names and states are short.
const PACKET_LIMIT: usize = 64 << 10;

/// The variables are a dozen; whoever sends more rows than this is not asked further.
const ROW_LIMIT: usize = 100;

/// Asks every address of every node, all at the same moment.
pub(crate) async fn collect(target: &Target, deadline: Deadline) -> Snapshot {
    let names: Vec<_> = target.nodes.iter().map(Node::to_string).collect();
    common::stage(format!("asking {}", names.join(", ")));
    let mut asking = JoinSet::new();
    for (place, node) in target.nodes.iter().enumerate() {
        let (node, login) = (node.clone(), Login::of(target));
        asking.spawn(async move { (place, ask_node(node, login, deadline).await) });
    }
    let mut answers = asking.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    Snapshot { nodes: answers.into_iter().flat_map(|(_, nodes)| nodes).collect() }
}

/// The account, ready for any node.
#[derive(Clone)]
struct Login(OptsBuilder);

impl Login {
    fn of(target: &Target) -> Self {
        let options = OptsBuilder::default()
            .user(Some(&target.user))
            .pass(target.password.as_ref().map(common::Secret::expose))
            // Each of these spares a SELECT during the login, which a node that is partitioned or
            // flow-controlled may block; the first would moreover reconnect to a socket of *this* host.
            .prefer_socket(false)
            .max_allowed_packet(Some(PACKET_LIMIT))
            .wait_timeout(Some(60))
            .stmt_cache_size(0);
        Self(options)
    }

    fn at(self, place: &Place) -> Opts {
        match place {
            Place::Tcp(address) => self.0.ip_or_hostname(host(*address)).tcp_port(address.port()).into(),
            Place::Socket(path) => self.0.socket(Some(path)).into(),
        }
    }
}

enum Place {
    Tcp(SocketAddr),
    Socket(String),
}

/// The address without its port, but with the scope that a link-local one needs.
fn host(address: SocketAddr) -> String {
    match address {
        SocketAddr::V6(v6) if v6.scope_id() > 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
        address => address.ip().to_string(),
    }
}

async fn ask_node(node: Node, login: Login, deadline: Deadline) -> Vec<Asked> {
    let name = node.to_string();
    let places = match places(node, deadline).await {
        Ok(places) => places,
        Err(answer) => return vec![Asked { address: name, answer }],
    };
    let several = places.len() > 1;
    let mut asking = JoinSet::new();
    for place in places {
        let (is_ipv6, address) = match &place {
            Place::Tcp(address) if several => (address.is_ipv6(), address.to_string()),
            _ => (false, name.clone()),
        };
        let login = login.clone();
        asking.spawn(async move { (is_ipv6, Asked { address, answer: ask(login.at(&place), deadline).await }) });
    }
    one_family(asking.join_all().await)
}

/// Of a name with addresses of both families, those of the family in which more of them answer: a dual-stack host is
/// one node, and its server may listen on one of the two.
fn one_family(asked: Vec<(bool, Asked)>) -> Vec<Asked> {
    let (v6, v4): (Vec<_>, Vec<_>) = asked.into_iter().partition(|(is_ipv6, _)| *is_ipv6);
    let answers = |family: &[(bool, Asked)]| {
        family.iter().filter(|(_, asked)| matches!(asked.answer, Answer::Facts(..) | Answer::Denied(_))).count()
    };
    let better = if v4.is_empty() || answers(&v6) > answers(&v4) { v6 } else { v4 };
    let mut asked: Vec<_> = better.into_iter().map(|(_, asked)| asked).collect();
    asked.sort_by(|one, two| one.address.cmp(&two.address));
    asked
}

/// The addresses of a node; the error is what becomes of it without any.
async fn places(node: Node, deadline: Deadline) -> Result<Vec<Place>, Answer> {
    let (host, port) = match node {
        Node::Socket(path) => return Ok(vec![Place::Socket(path.to_string_lossy().into_owned())]),
        Node::Tcp { host, port } => (host, port),
    };
    let unreachable = |reason: &str| Answer::Unreachable(reason.to_owned());
    match deadline.within(LOGIN_LIMIT).bound(net::lookup_host((host, port))).await {
        Err(_) => Err(unreachable("name resolution gave no answer")),
        Ok(Err(error)) => Err(match io_error::own_fault(&error) {
            Some(fault) => Answer::NotAsked(fault),
            None => unreachable("the name does not resolve"),
        }),
        Ok(Ok(addresses)) => {
            let addresses: BTreeSet<SocketAddr> = addresses.collect();
            Ok(addresses.into_iter().map(Place::Tcp).collect())
        }
    }
}

/// Logs in and reads the variables: two round trips after the login.
async fn ask(login: Opts, deadline: Deadline) -> Answer {
    let start = Instant::now();
    let limit = LOGIN_LIMIT.min(deadline.remaining() / 2);
    let mut connection = match deadline.within(limit).bound(Conn::new(login)).await {
        Ok(Ok(connection)) => connection,
        Ok(Err(error)) => return failure(&error),
        Err(_) => return Answer::Unreachable(format!("no login within {:.1} s", limit.as_secs_f32())),
    };
    let (answer, in_order) = match deadline.bound(read(&mut connection)).await {
        Ok(Ok(facts)) => (Answer::Facts(Box::new(facts), start.elapsed()), true),
        Ok(Err(error)) => (failure(&error), matches!(error, Error::Server(_))),
        Err(_) => (Answer::Unreachable("logged in, but status was not answered".to_owned()), false),
    };
    // Without the goodbye the server counts an aborted client; with rows left unread it would wait for their end.
    if in_order {
        let _ = deadline.bound(connection.disconnect()).await;
    }
    answer
}

async fn read(connection: &mut Conn) -> Result<Facts, Error> {
    // SET is never gated; a SHOW under a global wsrep_sync_wait is. A server without Galera does not know it (1193).
    match connection.query_drop("SET SESSION wsrep_sync_wait=0").await {
        Err(Error::Server(error)) if error.code == 1193 => {}
        result => result?,
    }
    let query = format!(
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('{}');SHOW GLOBAL VARIABLES WHERE Variable_name IN ('{}')",
        STATUS.join("','"),
        VARIABLES.join("','")
    );
    let mut result = connection.query_iter(query).await?;
    let (mut rows, mut count) = (Vec::new(), 0);
    // The first result set may be empty; after the last there is none.
    while !result.is_empty() {
        while let Some(row) = result.next().await? {
            count += 1;
            if count > ROW_LIMIT {
                return Err(Error::Other("endless answer".into()));
            }
            rows.extend(pair(&row));
        }
    }
    drop(result);
    Ok(Facts::new(rows))
}

fn pair(row: &Row) -> Option<(String, String)> {
    let text = |column| match row.as_ref(column)? {
        mysql_async::Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    };
    Some((text(0)?, text(1)?))
}

/// Errors that say that the check may not log in: its account, its host, its authentication plugin.
const DENIED: [u16; 10] = [1044, 1045, 1129, 1130, 1251, 1524, 1698, 1820, 1862, 4151];

fn failure(error: &Error) -> Answer {
    let reason = match error {
        Error::Io(IoError::Io(error)) if error.raw_os_error().is_some() || error.kind() == ErrorKind::UnexpectedEof => {
            match io_error::own_fault(error) {
                Some(fault) => return Answer::NotAsked(fault),
                None => io_error::reason(error),
            }
        }
        Error::Server(error) if DENIED.contains(&error.code) => {
            return Answer::Denied(format!("{} ({})", text::quote(&error.message), error.code));
        }
        Error::Server(error) => format!("{} ({})", text::quote(&error.message), error.code),
        Error::Driver(DriverError::ConnectionClosed) => "connection closed".to_owned(),
        Error::Driver(DriverError::UnknownAuthPlugin { name }) => {
            return Answer::Denied(format!("authentication plugin {} is not supported", text::quote(name)));
        }
        error => format!("does not speak the MariaDB protocol ({})", text::quote(&error.to_string())),
    };
    Answer::Unreachable(reason)
}

#[cfg(test)]
mod tests {
    use common::CheckError;

    use super::*;

    fn asked(addresses: &[(&str, bool)]) -> Vec<(bool, Asked)> {
        let asked = |(address, answers): &(&str, bool)| {
            let reason = "no matter".to_owned();
            let answer = if *answers { Answer::Denied(reason) } else { Answer::Unreachable(reason) };
            (address.contains(':'), Asked { address: (*address).to_owned(), answer })
        };
        addresses.iter().map(asked).collect()
    }

    #[test]
    fn a_dual_stack_name_counts_in_the_family_that_answers() {
        for (addresses, counted) in [
            (&[("::1", false), ("127.0.0.1", true)][..], &["127.0.0.1"][..]),
            (&[("::1", true), ("127.0.0.1", false)], &["::1"]),
            (&[("::1", true), ("127.0.0.1", true)], &["127.0.0.1"]),
            (&[("::1", false), ("127.0.0.1", false)], &["127.0.0.1"]),
            (&[("10.0.0.2", false), ("10.0.0.1", true)], &["10.0.0.1", "10.0.0.2"]),
            (&[("fd00::2", true), ("fd00::1", false)], &["fd00::1", "fd00::2"]),
        ] {
            let kept: Vec<_> = one_family(asked(addresses)).into_iter().map(|asked| asked.address).collect();
            assert_eq!(kept, counted, "{addresses:?}");
        }
    }

    #[test]
    fn a_family_that_was_not_asked_does_not_hide_the_other() {
        let mut both = asked(&[("::1", true), ("127.0.0.1", false)]);
        both[0].1.answer = Answer::NotAsked(CheckError::local("permission denied", ""));
        assert_eq!(one_family(both)[0].address, "127.0.0.1");
    }
}
