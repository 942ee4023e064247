//! The table of what clients see and other checks say about name servers.

use std::thread;
use std::time::Duration;

use lab::node::{PUBLIC_ADDRESS, PUBLIC_ADDRESS_V6, PUBLIC_NAME, SERVICE_NAME};
use lab::{Lab, Node};
use test_support::oracle::State;

use super::SYSTEM;
use crate::compared::assert_listed;

/// `compared.sh INTERNAL NETWORK EXTERNAL SERVER…` prints one line for each of the other checks.
const OTHERS: &str = include_str!("compared.sh");

/// A name that a client asks for, and the addresses that are right.
type Wanted<'a> = (&'a str, &'a [&'a str]);

/// The names of the check, with their right addresses.
pub(super) const NAMES: [Wanted; 2] =
    [(SERVICE_NAME, &["127.0.0.11", "127.0.0.12", "127.0.0.13"]), (PUBLIC_NAME, &[PUBLIC_ADDRESS, PUBLIC_ADDRESS_V6])];

/// Compares what all say now, asked at the same time, with the row of this state, and our verdict with what clients
/// suffer.
#[track_caller]
pub(super) fn assert_row(lab: &Lab, state: &str) {
    assert_row_of(lab, state, &NAMES);
}

/// The same with other names that clients ask for.
#[track_caller]
pub(super) fn assert_row_of(lab: &Lab, state: &str, names: &[Wanted]) {
    let mut others = lab.command("sh");
    others.args(["-c", OTHERS, "compared", SERVICE_NAME, "127.0.0.0/8", PUBLIC_NAME]);
    others.args(Node::ALL.map(Node::address));
    let (output, clients, others) = thread::scope(|scope| {
        let clients = scope.spawn(|| clients(lab, names));
        let others = scope.spawn(move || others.output().unwrap());
        (SYSTEM.run(lab, &[]), clients.join().unwrap(), others.join().unwrap())
    });
    let is_hurt = clients != "fine";
    let is_true = match output.state() {
        State::Ok => !is_hurt,
        // With too few servers clients suffer only after the next loss.
        State::Critical => is_hurt || output.stdout.contains(" needed"),
        State::Warning => true,
        State::Unknown => false,
    };
    assert!(is_true, "{state}: clients: {clients}\n{}", output.stdout);
    let ours = format!("{:?}", output.state()).to_uppercase();
    let others = String::from_utf8(others.stdout).unwrap();
    let cells = others.lines().collect::<Vec<_>>().join(" | ");
    assert_listed(&format!("| {state} | {ours} | {clients} | {cells} |"), &output.stdout);
}

/// A client's timeout for a server: longer than a lookup takes on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The result for a client, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Misled,
    Fails,
    Waits,
    Fine,
}

/// The results for three clients that have all servers, each with another one first.
fn clients(lab: &Lab, names: &[Wanted]) -> String {
    let fates: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..3).map(|first| scope.spawn(move || client(lab, first, names))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    let worst = fates.iter().min().copied().unwrap();
    let word = match worst {
        Fate::Misled => "is misled",
        Fate::Fails => "fails",
        Fate::Waits => "waits",
        Fate::Fine => return "fine".to_owned(),
    };
    match fates.iter().filter(|fate| **fate == worst).count() {
        3 => format!("each {word}"),
        count => format!("{count} of 3 {}", if count == 1 { word.to_owned() } else { plural(word) }),
    }
}

fn plural(word: &str) -> String {
    word.strip_suffix('s').map_or_else(|| word.replacen("is ", "are ", 1), str::to_owned)
}

fn client(lab: &Lab, first: usize, names: &[Wanted]) -> Fate {
    let servers = Node::ALL.into_iter().cycle().skip(first).take(3);
    let lines = servers.map(|node| format!("nameserver {}\n", node.address())).collect::<Vec<_>>().concat();
    fate(lab, &format!("{lines}options timeout:{}\n", TIMEOUT.as_secs()), names)
}

/// The result for a client with this `resolv.conf` that looks these names up.
pub(super) fn fate(lab: &Lab, resolv_conf: &str, names: &[Wanted]) -> Fate {
    let fate = |(name, right): &Wanted| {
        let seen = lab.client(resolv_conf, name).unwrap();
        if !seen.addresses.iter().all(|address| right.contains(&address.as_str())) {
            Fate::Misled
        } else if seen.addresses.is_empty() && !right.is_empty() {
            Fate::Fails
        } else if seen.waited >= TIMEOUT {
            Fate::Waits
        } else {
            Fate::Fine
        }
    };
    names.iter().map(fate).min().unwrap()
}
