//! The Galera arbitrator: a fourth member without data.

use anyhow::Result;

use crate::daemon::Daemon;
use crate::galera::TIMING;
use crate::node::{ARBITRATOR, Node};
use crate::sandbox::Sandbox;

/// It writes no pid file of its own.
const START: &str = r#"echo $$ >"$0"; exec "$@""#;

pub(crate) fn daemon(sandbox: &Sandbox) -> Daemon<'_> {
    Daemon::new(sandbox, "garbd", "garbd".to_owned())
}

pub(crate) fn start(sandbox: &Sandbox) -> Result<()> {
    let daemon = daemon(sandbox);
    daemon.write("pid", "")?;
    let members = Node::ALL.map(|node| format!("{}:4567", node.address())).join(",");
    let listen = format!("base_host={ARBITRATOR};gmcast.listen_addr=tcp://{ARBITRATOR}:4567");
    let options = format!("{listen};base_dir={};{TIMING}", daemon.inside(""));
    let garbd = ["garbd", "--name", "garbd", "--group", "lab", "--address", &format!("gcomm://{members}")];
    let shell = ["-c", START, &daemon.inside("pid")];
    let words = shell.into_iter().chain(garbd).chain(["--options", &options]);
    daemon.start("sh", &words.map(str::to_owned).collect::<Vec<_>>())
}

/// Lets it leave in order: the others need not wait for its silence to be noticed.
pub(crate) fn end(sandbox: &Sandbox) -> Result<()> {
    let daemon = daemon(sandbox);
    if daemon.is_alive() {
        daemon.signal("TERM")?;
    }
    daemon.gone()
}
