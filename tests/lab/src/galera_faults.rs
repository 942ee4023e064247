//! The faults of the database cluster: each function makes one and waits until it is visible.

use std::fs;
use std::os::unix::fs::chown;

use anyhow::{Context as _, Result, bail, ensure};

use crate::client::Clients;
use crate::consul::Consul;
use crate::galera::{Galera, LIMIT, Status, on_two_networks};
use crate::garbd;
use crate::node::Node;
use crate::tls::{self, Shown};
use crate::wait::wait_until;

/// Group communication, incremental and full state transfer.
const REPLICATION_PORTS: &str = "4567,4568,4444";

/// The least that MariaDB accepts.
const MAX_CONNECTIONS: usize = 10;

/// The appliers that hold fewer writesets.
const APPLIERS: u64 = 8;
const WRITESETS: u64 = 5;

/// Lets a state transfer go on, but for minutes: two packets a second.
const THROTTLE: [&str; 2] = ["-p tcp --dport 4444 -m limit --limit 2/second -j ACCEPT", "-p tcp --dport 4444 -j DROP"];

/// The port for clients of the one node that has another than 3306.
const OTHER_PORT: u16 = 3310;

/// The user and the group that own nothing, by their numbers in Debian.
const NOBODY: u32 = 65534;

/// Kills all of `nodes` at once, so that the rest cannot agree on a smaller cluster in between.
pub(crate) fn kill(galera: Galera, consul: Consul, nodes: &[Node]) -> Result<()> {
    for &node in nodes {
        galera.daemon(node).signal("KILL")?;
    }
    for &node in nodes {
        galera.daemon(node).gone()?;
        absent(galera, consul, node)?;
    }
    Ok(())
}

pub(crate) fn absent(galera: Galera, consul: Consul, node: Node) -> Result<()> {
    galera.wait_absent(node)?;
    consul.wait_absent(node)
}

pub(crate) fn partition(galera: Galera, node: Node) -> Result<()> {
    for other in node.others() {
        for (from, to) in [(node, other), (other, node)] {
            let (from, to) = (from.address(), to.address());
            let ports = format!("-p tcp -s {from} -d {to} -m multiport --ports {REPLICATION_PORTS}");
            galera.sandbox.filter(&format!("{ports} -j DROP"))?;
        }
    }
    galera.wait(node, "non-Primary", |status| !status.is_primary())?;
    galera.wait_absent(node)
}

pub(crate) fn split_brain(galera: Galera) -> Result<()> {
    partition(galera, Node::Db3)?;
    galera.sql(Node::Db3, "SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'")?;
    galera.wait(Node::Db3, "Primary on its own", |status| status.is_primary() && status.size() == "1")
}

pub(crate) fn second_cluster(galera: Galera) -> Result<()> {
    galera.stop(Node::Db3)?;
    galera.wait_absent(Node::Db3)?;
    // A history begins where there is none.
    for file in ["grastate.dat", "gvwstate.dat", "galera.cache"] {
        drop(fs::remove_file(galera.daemon(Node::Db3).file("data").join(file)));
    }
    galera.launch(Node::Db3, &["--wsrep-new-cluster".to_owned()])?;
    let history = galera.status(Node::Db1)?.get("cluster_state_uuid").to_owned();
    galera.wait(Node::Db3, "Primary with another history", |status| {
        status.is_primary() && status.get("ready") == "ON" && status.get("cluster_state_uuid") != history
    })
}

pub(crate) fn desync(galera: Galera, node: Node) -> Result<()> {
    galera.sql(node, "SET GLOBAL wsrep_desync = ON")?;
    galera.wait(node, "desynced", is_donor)
}

fn is_donor(status: &Status) -> bool {
    status.get("local_state_comment") == "Donor/Desynced"
}

pub(crate) fn reject(galera: Galera, node: Node) -> Result<()> {
    galera.sql(node, "SET GLOBAL wsrep_reject_queries = ALL")?;
    match galera.sql(node, "SELECT COUNT(*) FROM app.t") {
        Err(error) if format!("{error:#}").contains("1047") => Ok(()),
        answer => bail!("{node} rejects no queries: {answer:?}"),
    }
}

pub(crate) fn wsrep_off(galera: Galera, node: Node) -> Result<()> {
    galera.sql(node, "SET GLOBAL wsrep_on = OFF")?;
    galera.wait(node, "no state from the provider", |status| status.get("local_state_comment").is_empty())
}

/// The name that a server without wsrep lines gives itself is that of its host.
pub(crate) fn provider_none(galera: Galera, consul: Consul, node: Node) -> Result<()> {
    galera.stop(node)?;
    absent(galera, consul, node)?;
    let options = ["--wsrep-provider=none", "--wsrep-on=OFF", "--wsrep-node-name=host-of-it"].map(str::to_owned);
    galera.launch(node, &options)?;
    wait_until(&format!("{node} to serve without a provider"), LIMIT, || {
        galera.log_in(node, 3306)?;
        let provider = galera.sql(node, "SELECT @@global.wsrep_provider")?;
        ensure!(provider.trim() == "none", "its provider is {}", provider.trim());
        Ok(())
    })?;
    consul.wait_passing(node)
}

/// Takes every connection of the main port; the administrator's in reserve stays free.
pub(crate) fn max_connections(galera: Galera, node: Node) -> Result<()> {
    galera.sql(node, &format!("SET GLOBAL max_connections = {MAX_CONNECTIONS}"))?;
    Clients::new(galera.sandbox).connect(node, MAX_CONNECTIONS)?;
    let held = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'icinga'";
    wait_until(&format!("{node}'s connections to be taken"), LIMIT, || {
        let count = galera.sql(node, held)?;
        ensure!(count.trim() == MAX_CONNECTIONS.to_string(), "{} of {MAX_CONNECTIONS}", count.trim());
        Ok(())
    })?;
    wait_until(&format!("{node} to refuse a connection"), LIMIT, || match galera.log_in(node, 3306) {
        Err(error) if format!("{error:#}").contains("1040") => Ok(()),
        answer => bail!("{answer:?}"),
    })?;
    galera.log_in(node, 3307)
}

pub(crate) fn certificate(galera: Galera, node: Node, shown: Shown) -> Result<()> {
    galera.show_certificate(node, shown)?;
    wait_until(&format!("{node} to show the other certificate"), LIMIT, || {
        let subject = tls::subject(galera.sandbox, node)?;
        ensure!(subject.contains(&shown.file(node)), "it shows {subject}");
        Ok(())
    })
}

/// Replicated changes wait in the queue of a node that must not write them.
pub(crate) fn ftwrl(galera: Galera, node: Node) -> Result<()> {
    let clients = Clients::new(galera.sandbox);
    clients.hold(node, "FLUSH TABLES WITH READ LOCK;")?;
    galera.wait(node, "desynced by the lock", is_donor)?;
    clients.write(donor(node))?;
    galera.wait(node, "a queue", |status| is_donor(status) && status.number("local_recv_queue") > 10)
}

/// The applier waits for a lock that Galera does not know, until the queue makes the node stop all others.
pub(crate) fn flow_control(galera: Galera, node: Node) -> Result<()> {
    let clients = Clients::new(galera.sandbox);
    clients.hold(node, "SET SESSION wsrep_on = OFF; LOCK TABLES app.t WRITE;")?;
    clients.write(donor(node))?;
    for each in Node::ALL {
        galera.wait(each, "flow control", |status| {
            let requested = status.get("flow_control_requested") == "true";
            status.get("flow_control_active") == "true" && requested == (each == node)
        })?;
    }
    Ok(())
}

/// Writesets fewer than appliers: each applier that takes one waits with it, and the queue stays empty.
pub(crate) fn blocked_appliers(galera: Galera, node: Node) -> Result<()> {
    let other = donor(node);
    galera.sql(node, &format!("SET GLOBAL wsrep_slave_threads = {APPLIERS}"))?;
    galera.wait(node, "all appliers", |status| status.number("applier_thread_count") >= APPLIERS)?;
    Clients::new(galera.sandbox).hold(node, "SET SESSION wsrep_on = OFF; LOCK TABLES app.t WRITE;")?;
    wait_until(&format!("a locked table on {node}"), LIMIT, || {
        match galera.sql(node, "SET SESSION lock_wait_timeout = 1; SELECT COUNT(*) FROM app.t") {
            Err(error) if format!("{error:#}").contains("1205") => Ok(()),
            answer => bail!("a read is let through: {answer:?}"),
        }
    })?;
    for _ in 0..WRITESETS {
        galera.sql(other, "INSERT INTO app.t (word) VALUES ('held')")?;
    }
    let foremost = galera.status(other)?.number("last_committed");
    galera.wait(node, "writesets that are held", |status| {
        status.number("last_committed") + WRITESETS <= foremost && status.number("local_recv_queue") == 0
    })
}

/// A row that only this node lacks: when it is changed elsewhere, the others outvote it.
///
/// A deletion would not do: `wsrep_ignore_apply_errors` ignores that.
pub(crate) fn inconsistent(galera: Galera, node: Node) -> Result<()> {
    let other = donor(node);
    galera.sql(other, "INSERT INTO app.t (word) VALUES ('vote')")?;
    let arrived = "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*) FROM app.t";
    galera.sql(node, &format!("{arrived}; SET SESSION wsrep_on = OFF; DELETE FROM app.t WHERE word = 'vote'"))?;
    galera.sql(other, "UPDATE app.t SET word = 'lost' WHERE word = 'vote'")?;
    galera.wait(node, "inconsistent", |status| status.get("local_state_comment") == "Inconsistent")?;
    galera.wait_absent(node)
}

/// Makes a node join without data, and its donor send it slowly.
pub(crate) fn state_transfer(galera: Galera, consul: Consul, joiner: Node, method: &str) -> Result<()> {
    kill(galera, consul, &[joiner])?;
    galera.wipe(joiner)?;
    if method == "rsync" {
        // A daemon that root starts writes as nobody.
        let data = galera.daemon(joiner).file("data");
        chown(data, Some(NOBODY), Some(NOBODY)).context("only root can have rsync transfer a state")?;
    }
    for rule in THROTTLE {
        galera.sandbox.filter(rule)?;
    }
    let donor = donor(joiner);
    galera.launch(joiner, &[format!("--wsrep-sst-method={method}"), format!("--wsrep-sst-donor={donor}")])?;
    galera
        .wait(donor, "the donor of a joiner", |status| is_donor(status) && status.size() == "3")
        .map_err(|error| galera.daemon(joiner).explain(&error))
}

/// As a supervisor with a time limit does it: the server is killed in the middle of each state transfer.
pub(crate) fn state_transfer_loop(galera: Galera, consul: Consul, joiner: Node) -> Result<()> {
    kill(galera, consul, &[joiner])?;
    for rule in THROTTLE {
        galera.sandbox.filter(rule)?;
    }
    let donor = donor(joiner);
    Clients::new(galera.sandbox).supervise(joiner, donor)?;
    galera.wait(donor, "the donor of a joiner", |status| is_donor(status) && status.size() == "3")
}

/// The node that gives its state to this one, or writes while this one lags.
fn donor(node: Node) -> Node {
    let [first, _] = node.others();
    first
}

pub(crate) fn arbitrator(galera: Galera) -> Result<()> {
    arbitrator_beside(galera, &Node::ALL)
}

/// The arbitrator takes the place of db3.
pub(crate) fn two_and_arbitrator(galera: Galera, consul: Consul) -> Result<()> {
    galera.stop(Node::Db3)?;
    absent(galera, consul, Node::Db3)?;
    arbitrator_beside(galera, &Node::Db3.others())
}

fn arbitrator_beside(galera: Galera, members: &[Node]) -> Result<()> {
    garbd::start(galera.sandbox)?;
    let size = (members.len() + 1).to_string();
    for &node in members {
        galera
            .wait(node, "the arbitrator as a member", |status| status.size() == size)
            .map_err(|error| garbd::daemon(galera.sandbox).explain(&error))?;
    }
    Ok(())
}

/// Forms the cluster anew on addresses that no client uses; db3, the last to stop, may begin.
pub(crate) fn two_networks(galera: Galera) -> Result<()> {
    for node in Node::ALL {
        galera.stop(node)?;
        galera.wait_absent(node)?;
    }
    let mut begin = on_two_networks(Node::Db3, OTHER_PORT);
    begin.push("--wsrep-new-cluster".to_owned());
    galera.launch(Node::Db3, &begin)?;
    galera.wait(Node::Db3, "Primary", |status| status.is_primary() && status.get("ready") == "ON")?;
    for node in Node::Db3.others() {
        galera.launch(node, &on_two_networks(node, 3306))?;
        galera.wait(node, "Synced", |status| status.get("local_state_comment") == "Synced")?;
    }
    galera.wait(Node::Db3, "a donor no more", |status| status.size() == "3" && !is_donor(status))
}

/// The highest weight is set first: without any weight the cluster is not Primary.
pub(crate) fn weights(galera: Galera) -> Result<()> {
    for (node, weight) in [(Node::Db3, 3), (Node::Db1, 0)] {
        galera.sql(node, &format!("SET GLOBAL wsrep_provider_options = 'pc.weight={weight}'"))?;
    }
    for node in Node::ALL {
        galera.wait(node, "a weight of 4", |status| status.get("cluster_weight") == "4")?;
    }
    Ok(())
}
