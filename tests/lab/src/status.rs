//! One line about every server.

use anyhow::Result;

use crate::bind::Bind;
use crate::consul::Consul;
use crate::galera::Galera;
use crate::node::{Node, SERVICE_NAME};
use crate::sandbox::Sandbox;

/// The lines, and whether all is healthy.
pub(crate) fn status(sandbox: &Sandbox) -> (String, bool) {
    let galera = Galera::new(sandbox);
    let consul = Consul::new(sandbox);
    let bind = Bind::new(sandbox);
    let lines = Node::ALL.map(|node| {
        let database = said(galera.status(node).map(|status| status.summary()));
        let leader = said(consul.leader(node).map(|leader| format!("leader {leader}")));
        let passing = said(consul.passing(node.address()).map(|names| format!("passing on {}", names.join(" "))));
        let answer = said(bind.ask(node, SERVICE_NAME).map(|answer| answer.to_string()));
        format!("{node} MariaDB  {database}\n    Consul   {leader}, {passing}\n    BIND     {answer}\n")
    });
    let healthy = healthy(sandbox);
    let verdict = match &healthy {
        Ok(()) => "healthy\n".to_owned(),
        Err(error) => format!("not healthy: {}\n", first_line(&format!("{error:#}"))),
    };
    (lines.concat() + &verdict, healthy.is_ok())
}

/// Checks that all is healthy.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn healthy(sandbox: &Sandbox) -> Result<()> {
    Galera::new(sandbox).healthy()?;
    Consul::new(sandbox).healthy()?;
    Bind::new(sandbox).healthy()
}

fn said(answer: Result<String>) -> String {
    answer.unwrap_or_else(|error| format!("no answer ({})", first_line(&error.root_cause().to_string())))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
