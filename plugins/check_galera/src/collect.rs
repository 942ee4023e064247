//! Asks all nodes at once.

mod clock;
mod contact;
mod discover;
mod endpoint;
mod failure;
mod family;
mod lane;
mod login;
mod read;

use std::future::Future;
use std::time::Duration;

use common::{Deadline, Pace, Recheck, Snapshots};
use tokio::task::JoinSet;

use crate::policy::{NodeAddress, Target};
use crate::snapshot::{AskedNode, Snapshot};
use contact::Contact;
use lane::{Lane, Lookups};
use login::Account;

/// The least time for the answers at the second look.
const LEAST: Duration = Duration::from_millis(100);

/// Asks every address of every node, all at the same moment, and once more while `recheck` finds something doubtful.
pub(crate) async fn collect(
    target: &Target,
    recheck: impl Fn(&Snapshot) -> Option<Recheck<()>>,
    deadline: Deadline,
) -> Snapshots<Snapshot> {
    let names: Vec<_> = target.nodes.iter().map(NodeAddress::to_string).collect();
    common::stage(format!("asking {}", names.join(", ")));
    let mut contacts = contacts(target, deadline).await;
    let first = snapshot(&contacts, target);
    let pace = Pace { pause: target.recheck_pause, least: LEAST };
    let recheck = |snapshots: &Snapshots<Snapshot>| recheck(snapshots.last());
    let again = async |_: &Snapshot, ()| {
        contacts = each(std::mem::take(&mut contacts), |contact| contact.ask_again(deadline)).await;
        snapshot(&contacts, target)
    };
    let snapshots = Snapshots::settle(first, pace, deadline, recheck, again).await;
    each(contacts, |contact| contact.disconnect(deadline)).await;
    snapshots
}

/// The nodes, those that they name where members are to be discovered, and the sample where there is to be one.
async fn contacts(target: &Target, deadline: Deadline) -> Vec<Contact> {
    let account = Account::new(target);
    let is_alone = target.nodes.len() == 1 && target.discover.is_none();
    let mut contacts = ask_all(&target.nodes, &account, is_alone, deadline).await;
    if let Some(port) = target.discover {
        contacts = with_discovered(contacts, port, &account, deadline).await;
    }
    match target.sample {
        Some(pause) => each(contacts, |contact| contact.sample(pause, deadline)).await,
        None => contacts,
    }
}

/// The nodes, and the members that they name: where clients find them, and where members are still missing, where they
/// may be found as well.
async fn with_discovered(given: Vec<Contact>, port: u16, account: &Account, deadline: Deadline) -> Vec<Contact> {
    let mut contacts = given;
    let clients = discover::client_addresses(&asked(&contacts), port);
    contacts.extend(found(&contacts, &clients, account, deadline).await);
    let hosts = discover::replication_hosts(&asked(&contacts), port);
    let found = found(&contacts, &hosts, account, deadline).await;
    let (members, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|found| discover::may_be_member(&found.asked));
    contacts.extend(members);
    each(others, |contact| contact.disconnect(deadline)).await;
    let are_nodes = discover::are_nodes(&asked(&contacts));
    // Those that are left out have no connection.
    contacts.into_iter().zip(are_nodes).filter_map(|(contact, is_node)| is_node.then_some(contact)).collect()
}

/// The nodes at addresses that only the cluster named and that were not asked yet, by whatever name.
async fn found(contacts: &[Contact], addresses: &[NodeAddress], account: &Account, deadline: Deadline) -> Vec<Contact> {
    let asked = asked(contacts);
    let mut found = ask_all(addresses, account, false, deadline).await;
    for contact in &mut found {
        contact.asked.is_discovered = true;
    }
    let (new, known): (Vec<_>, Vec<_>) = found.into_iter().partition(|found| discover::is_new(&found.asked, &asked));
    each(known, |contact| contact.disconnect(deadline)).await;
    new
}

fn asked(contacts: &[Contact]) -> Vec<&AskedNode> {
    contacts.iter().map(|contact| &contact.asked).collect()
}

fn snapshot(contacts: &[Contact], target: &Target) -> Snapshot {
    Snapshot {
        nodes: contacts.iter().map(|contact| contact.asked.clone()).collect(),
        at: clock::now(),
        has_open_password: target.has_open_password(),
    }
}

async fn ask_all(nodes: &[NodeAddress], account: &Account, is_alone: bool, deadline: Deadline) -> Vec<Contact> {
    let lookups = Lookups::new(nodes.len());
    let ask = |node| ask_node(node, account.clone(), lookups.clone(), is_alone, deadline);
    let contacts = each(nodes.to_vec(), ask).await;
    contacts.into_iter().flatten().collect()
}

async fn ask_node(
    node: NodeAddress,
    account: Account,
    lookups: Lookups,
    is_alone: bool,
    deadline: Deadline,
) -> Vec<Contact> {
    let name = node.to_string();
    let endpoints = endpoint::endpoints(node, deadline).await;
    lookups.one_done();
    let endpoints = match endpoints {
        Ok(endpoints) => endpoints,
        Err(outcome) => return vec![Contact::without_connection(AskedNode::given(name, None, outcome))],
    };
    let is_alone = is_alone && endpoints.len() == 1;
    if !is_alone {
        lookups.wait(deadline).await;
    }
    let ask = |endpoint| {
        let (name, account) = (name.clone(), account.clone());
        async move {
            let lane = if is_alone { Lane::main() } else { Lane::own().await };
            Contact::ask_on(lane, endpoint, name, account, deadline).await
        }
    };
    let mut contacts = family::one_family(each(endpoints, ask).await);
    let is_several = contacts.len() > 1;
    for asked in contacts.iter_mut().map(|contact| &mut contact.asked).filter(|_| is_several) {
        asked.address = asked.resolved.map_or_else(String::new, |address| address.to_string());
    }
    contacts
}

/// Runs a task for each item, all at the same moment; the results are in the order of the items.
async fn each<T, F>(items: Vec<T>, task: impl Fn(T) -> F) -> Vec<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (index, item) in items.into_iter().enumerate() {
        let task = task(item);
        tasks.spawn(async move { (index, task.await) });
    }
    let mut results = tasks.join_all().await;
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}
