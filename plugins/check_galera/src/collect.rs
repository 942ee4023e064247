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
use crate::snapshot::{Answer, Asked, Said, Snapshot};
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

/// Asks every address of every node, all at the same moment; a second time when a rate is to be measured within the
/// run, or when the first answers are `doubtful`.
pub(crate) async fn collect(target: &Target, doubtful: fn(&Snapshot) -> bool, deadline: Deadline) -> Snapshot {
    let names: Vec<_> = target.nodes.iter().map(Node::to_string).collect();
    common::stage(format!("asking {}", names.join(", ")));
    let account = Account::new(target);
    let mut contacts = ask_all(&target.nodes, &account, deadline).await;
    if let Some(port) = target.discover {
        let others = discover::others(contacts.iter().map(|contact| &contact.asked), port);
        contacts.extend(ask_all(&others, &account, deadline).await);
    }
    let first = snapshot(&contacts);
    if let Some(pause) = pause(target, doubtful(&first)) {
        contacts = ask_again(contacts, pause, deadline).await;
    }
    let last = snapshot(&contacts);
    disconnect(contacts, deadline).await;
    last
}

fn snapshot(contacts: &[Contact]) -> Snapshot {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Snapshot { nodes: contacts.iter().map(|contact| contact.asked.clone()).collect(), at: since.as_secs_f64() }
}

/// How long to wait before asking again; none if once is enough.
fn pause(target: &Target, doubtful: bool) -> Option<Duration> {
    target.sample.max(doubtful.then_some(target.recheck))
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
    let several = places.len() > 1;
    let mut asking = JoinSet::new();
    for place in places {
        let (name, account) = (name.clone(), account.clone());
        asking.spawn(async move { ask(place, &name, several, &account, deadline).await });
    }
    place::one_family(asking.join_all().await)
}

/// Logs in and reads the variables: two round trips after the login.
async fn ask(place: Place, name: &str, several: bool, account: &Account, deadline: Deadline) -> Contact {
    let at = place.address();
    let address = at.filter(|_| several).map_or_else(|| name.to_owned(), |address| address.to_string());
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

/// Reads the variables once more from all who answered; who does not answer any more keeps its first word.
async fn ask_again(contacts: Vec<Contact>, pause: Duration, deadline: Deadline) -> Vec<Contact> {
    let mut asking = JoinSet::new();
    for (place, contact) in contacts.into_iter().enumerate() {
        asking.spawn(async move { (place, refresh(contact, pause, deadline).await) });
    }
    let mut contacts = asking.join_all().await;
    contacts.sort_by_key(|(place, _)| *place);
    contacts.into_iter().map(|(_, contact)| contact).collect()
}

async fn refresh(mut contact: Contact, pause: Duration, deadline: Deadline) -> Contact {
    let (Answer::Said(said), Some(connection)) = (&mut contact.asked.answer, &mut contact.connection) else {
        return contact;
    };
    let start = Instant::now();
    if deadline.bound(tokio::time::sleep(pause)).await.is_err() {
        return contact;
    }
    match read::again(connection, deadline).await {
        Ok(facts) => remember(said, facts, start.elapsed()),
        Err(_) => contact.connection = contact.connection.take().and_then(give_up),
    }
    contact
}

/// Leaves a connection as it is: the driver's own way of dropping one reads it to its end, which a hostile server
/// need not have. The kernel closes it, soon.
fn give_up(connection: Conn) -> Option<Conn> {
    std::mem::forget(connection);
    None
}

fn remember(said: &mut Said, facts: Facts, passed: Duration) {
    let first = std::mem::replace(&mut said.facts, facts);
    said.earlier = Some((first, passed));
}

async fn disconnect(contacts: Vec<Contact>, deadline: Deadline) {
    let mut leaving = JoinSet::new();
    for connection in contacts.into_iter().filter_map(|contact| contact.connection) {
        leaving.spawn(async move { deadline.bound(contain(connection.disconnect())).await.is_ok() });
    }
    leaving.join_all().await;
}
