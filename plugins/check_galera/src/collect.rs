//! Asks all nodes at once.

mod discover;
mod failure;
mod login;
mod place;
mod read;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::{Deadline, contain};
use mysql_async::Conn;
use tokio::task::JoinSet;

use crate::facts::Facts;
use crate::policy::{Node, Target};
use crate::snapshot::{Answer, Asked, Earlier, Said, Snapshot};
pub(crate) use discover::group;
use login::Account;
use place::Place;

/// A node that does not even let us log in within this is down; less when the whole run is shorter.
const LOGIN_LIMIT: Duration = Duration::from_secs(3);

/// A node, what came of asking it, and the connection if it is still of use.
struct Contact {
    asked: Asked,
    connection: Option<Conn>,
}

/// Asks every address of every node, all at the same moment; once more when a rate is to be measured within the run, and
/// once more when the answers are `doubtful`.
pub(crate) async fn collect(target: &Target, doubtful: fn(&Snapshot) -> bool, deadline: Deadline) -> Snapshot {
    let names: Vec<_> = target.nodes.iter().map(Node::to_string).collect();
    common::stage(format!("asking {}", names.join(", ")));
    let account = Account::new(target);
    let mut contacts = ask_all(&target.nodes, &account, deadline).await;
    if let Some(port) = target.discover {
        contacts.extend(ask_others(&contacts, port, &account, deadline).await);
    }
    if let Some(pause) = target.sample {
        contacts = ask_again(contacts, Again { pause, is_sample: true }, deadline).await;
    }
    if doubtful(&snapshot(&contacts)) {
        contacts = ask_again(contacts, Again { pause: target.recheck, is_sample: false }, deadline).await;
    }
    let at = now();
    let (nodes, connections): (Vec<_>, Vec<_>) =
        contacts.into_iter().map(|contact| (contact.asked, contact.connection)).unzip();
    disconnect(connections.into_iter().flatten(), deadline).await;
    Snapshot { nodes, at }
}

/// Asks whom those who answered name; who turns out to have been asked by another name is left out.
async fn ask_others(contacts: &[Contact], port: u16, account: &Account, deadline: Deadline) -> Vec<Contact> {
    let asked: Vec<_> = contacts.iter().map(|contact| &contact.asked).collect();
    let found = ask_all(&discover::others(&asked, port), account, deadline).await;
    let (others, known): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| discover::is_new(&found.asked, &asked));
    disconnect(known.into_iter().filter_map(|contact| contact.connection), deadline).await;
    others
}

/// What is known so far.
fn snapshot(contacts: &[Contact]) -> Snapshot {
    Snapshot { nodes: contacts.iter().map(|contact| contact.asked.clone()).collect(), at: now() }
}

/// In seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

async fn ask_all(nodes: &[Node], account: &Account, deadline: Deadline) -> Vec<Contact> {
    let mut asking = JoinSet::new();
    for (place, node) in nodes.iter().enumerate() {
        let (node, account) = (node.clone(), account.clone());
        asking.spawn(async move { (place, ask_node(node, account, deadline).await) });
    }
    let mut answers = asking.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().flat_map(|(_, contacts)| contacts).collect()
}

async fn ask_node(node: Node, account: Account, deadline: Deadline) -> Vec<Contact> {
    let name = node.to_string();
    let places = match place::places(node, deadline).await {
        Ok(places) => places,
        Err(answer) => return vec![Contact { asked: Asked { address: name, at: None, answer }, connection: None }],
    };
    let mut asking = JoinSet::new();
    for place in places {
        let (name, account) = (name.clone(), account.clone());
        asking.spawn(async move { ask(place, name, &account, deadline).await });
    }
    let mut contacts = place::one_family(asking.join_all().await);
    let several = contacts.len() > 1;
    for asked in contacts.iter_mut().map(|contact| &mut contact.asked).filter(|_| several) {
        asked.address = asked.at.map_or_else(String::new, |at| at.to_string());
    }
    contacts
}

/// Logs in and reads the variables: two round trips after the login.
async fn ask(place: Place, address: String, account: &Account, deadline: Deadline) -> Contact {
    let at = place.address();
    let start = Instant::now();
    let limit = LOGIN_LIMIT.min(deadline.remaining() / 2);
    let (mut connection, by_extra_port) = match account.log_in(&place, deadline.within(limit), limit).await {
        Ok(connected) => connected,
        Err(answer) => return Contact { asked: Asked { address, at, answer }, connection: None },
    };
    let login = start.elapsed();
    // A node that says nothing leaves time for who is discovered, and for a second look at the others.
    let limit = deadline.remaining() / 2;
    let (answer, usable) = match read::read(&mut connection, deadline.within(limit)).await {
        Ok(facts) => {
            let said = Said { facts, earlier: None, login, answer: start.elapsed(), by_extra_port };
            (Answer::Said(Box::new(said)), true)
        }
        Err(failed) => (failed.answer, failed.in_order),
    };
    // Without the goodbye the server counts an aborted client; with rows left unread it would wait for their end.
    let connection = if usable { Some(connection) } else { give_up(connection) };
    Contact { asked: Asked { address, at, answer }, connection }
}

/// A second look.
#[derive(Clone, Copy)]
struct Again {
    pause: Duration,
    /// Whether it is for rates, and not because the first was doubtful.
    is_sample: bool,
}

/// Reads the variables once more from all who answered.
async fn ask_again(contacts: Vec<Contact>, again: Again, deadline: Deadline) -> Vec<Contact> {
    let mut asking = JoinSet::new();
    for (place, contact) in contacts.into_iter().enumerate() {
        asking.spawn(async move { (place, refresh(contact, again, deadline).await) });
    }
    let mut contacts = asking.join_all().await;
    contacts.sort_by_key(|(place, _)| *place);
    contacts.into_iter().map(|(_, contact)| contact).collect()
}

/// Who does not answer any more has gone since its first word; unless it is our time that is over.
async fn refresh(mut contact: Contact, again: Again, deadline: Deadline) -> Contact {
    let (Answer::Said(said), Some(connection)) = (&mut contact.asked.answer, &mut contact.connection) else {
        return contact;
    };
    let start = Instant::now();
    if deadline.bound(tokio::time::sleep(again.pause)).await.is_err() {
        return contact;
    }
    let limit = deadline.remaining() / 2;
    match read::again(connection, deadline.within(limit)).await {
        Ok(facts) => remember(said, facts, start.elapsed(), again.is_sample),
        Err(failed) => {
            contact.connection = contact.connection.take().and_then(give_up);
            if !deadline.remaining().is_zero() {
                contact.asked.answer = failed.answer;
            }
        }
    }
    contact
}

/// Leaves a connection as it is: the driver's own way of dropping one reads it to its end, which a hostile server
/// need not have. The kernel closes it, soon.
fn give_up(connection: Conn) -> Option<Conn> {
    std::mem::forget(connection);
    None
}

fn remember(said: &mut Said, facts: Facts, passed: Duration, is_sample: bool) {
    let before = std::mem::replace(&mut said.facts, facts);
    match &mut said.earlier {
        Some(earlier) => earlier.passed += passed,
        None => said.earlier = Some(Earlier { facts: before, passed, is_sample }),
    }
}

async fn disconnect(connections: impl Iterator<Item = Conn>, deadline: Deadline) {
    let mut leaving = JoinSet::new();
    for connection in connections {
        leaving.spawn(async move { deadline.bound(contain(connection.disconnect())).await.is_ok() });
    }
    leaving.join_all().await;
}
