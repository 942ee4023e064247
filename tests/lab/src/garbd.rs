//! The Galera arbitrator: a fourth member without data.

use anyhow::Result;

use crate::daemon::Daemon;
use crate::galera::TIMING;
use crate::node::{ARBITRATOR, Node};
use crate::sandbox::Sandbox;

pub(crate) fn daemon(sandbox: &Sandbox) -> Daemon<'_> {
    Daemon::new(sandbox, "garbd", "garbd".to_owned())
}

pub(crate) fn start(sandbox: &Sandbox) -> Result<()> {
    let daemon = daemon(sandbox);
    daemon.write("log", "")?;
    let members = Node::ALL.map(|node| format!("{}:4567", node.address())).join(",");
    let listen = format!("base_host={ARBITRATOR};gmcast.listen_addr=tcp://{ARBITRATOR}:4567");
    let options = format!("{listen};base_dir={};{TIMING}", daemon.inside(""));
    let own = ["--name", "garbd", "--group", "lab", "--address", &format!("gcomm://{members}")];
    let arguments: Vec<_> = own.into_iter().chain(["--options", &options]).map(str::to_owned).collect();
    daemon.start("garbd", &arguments)
}

/// Lets it leave in order: the others need not wait for its silence to be noticed.
pub(crate) fn end(sandbox: &Sandbox) -> Result<()> {
    let daemon = daemon(sandbox);
    if daemon.is_alive() {
        daemon.signal("TERM")?;
    }
    daemon.gone()
}
