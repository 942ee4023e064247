//! Nodes that do not let the check log in.

use std::collections::BTreeMap;

use common::Report;

use super::node_wording::names;
use crate::catalogue::ACCESS_DENIED;
use crate::model::{Cluster, Node};
use crate::snapshot::{Denial, DenialKind, Outcome};

/// One finding for all nodes that deny for one reason: the account is the same on all of them.
pub(super) fn judge(report: &mut Report, cluster: &Cluster) {
    let mut groups: BTreeMap<_, (&Denial, Vec<&Node>)> = BTreeMap::new();
    for node in &cluster.nodes {
        if let Outcome::AccessDenied(denial) = &node.asked.outcome {
            // The words also name the address of this host, which each node may see otherwise.
            let key = (denial.kind, denial.encrypted);
            groups.entry(key).or_insert_with(|| (denial, Vec::new())).1.push(node);
        }
    }
    for (denial, nodes) in groups.into_values() {
        let who = match nodes.as_slice() {
            [node] => format!("{} does not let", node.label),
            all if all.len() == cluster.nodes.len() => format!("none of {} nodes lets", all.len()),
            some => format!("{} do not let", names(some.iter().copied())),
        };
        let finding = report.finding(&ACCESS_DENIED).of_all(nodes.iter().copied());
        finding
            .words(format_args!("{who} the check log in: {}", denial.reason))
            .reason("does not let the check log in", "denied")
            .remedy(remedy(denial, &nodes));
    }
}

fn remedy(denial: &Denial, nodes: &[&Node]) -> String {
    let nodes = names(nodes.iter().copied());
    match denial.kind {
        DenialKind::Account if denial.encrypted => {
            "fix user, password or host of the check's account; GRANT USAGE is enough".to_owned()
        }
        DenialKind::Account => "fix user, password or host of the check's account; GRANT USAGE is enough; if it has \
                                REQUIRE SSL: --ssl-mode required"
            .to_owned(),
        DenialKind::HostBlocked => {
            format!("mariadb-admin flush-hosts on {nodes}; then look for a program on this host that breaks off logins")
        }
        DenialKind::HostNotAllowed => {
            "create the check's account for this host: CREATE USER user@'address', GRANT USAGE is enough".to_owned()
        }
        DenialKind::Locked => "unlock the check's account: ALTER USER user@host ACCOUNT UNLOCK".to_owned(),
        DenialKind::Expired => {
            "set a new password for the check's account, and PASSWORD EXPIRE NEVER so that it stays valid".to_owned()
        }
        DenialKind::SystemUser => format!(
            "the account is for a system user of {nodes}: run the check there as that user, over --socket, or use an \
             account with a password"
        ),
        DenialKind::Plugin => {
            "give the check's account another plugin: ed25519, unix_socket or mysql_native_password".to_owned()
        }
        DenialKind::Limit => {
            "end the sessions that use the check's account, or raise its limits (MAX_USER_CONNECTIONS)".to_owned()
        }
        DenialKind::TlsRequired => "--ssl-mode required, and --ssl-ca so that the server is verified".to_owned(),
    }
}
