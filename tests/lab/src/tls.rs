//! Certificates for the database servers and for one client, by an authority that lasts as long as the lab.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::node::{MYSQL, NEWER, Node, SECURED};
use crate::sandbox::{ROOT, Sandbox};

/// How long it may take to make them all.
const MAKING: Duration = Duration::from_secs(120);

/// How long a server may take to show one.
const SHOWING: Duration = Duration::from_secs(15);

/// Without the distribution's extensions: they would make an authority of every certificate.
const OPENSSL_CNF: &str = "[req]\ndistinguished_name=name\n[name]\n";

/// `authority FILE NAME` and `certificate FILE NAME EXTENSION`, each with its key.
const FUNCTIONS: &str = r#"
    cd /run/lab/tls
    make() {
        file=$1 name=$2
        shift 2
        openssl req -config openssl.cnf -x509 -days 30 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
            -subj "/CN=$name" -keyout "$file-key.pem" -out "$file.pem" "$@"
    }
    authority() { make "$1" "$2" -addext basicConstraints=critical,CA:TRUE; }
    certificate() { make "$1" "$2" -CA ca.pem -CAkey ca-key.pem -addext "$3"; }
"#;

/// The certificate that a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// For the node's name and address.
    Right,
    /// Of the same authority, but for `NODE.example.org` alone.
    OtherName,
}

impl Shown {
    /// The file below `tls`, without `.pem` or `-key.pem`.
    pub(crate) fn file(self, node: Node) -> String {
        match self {
            Self::Right => node.name().to_owned(),
            Self::OtherName => format!("{node}.example.org"),
        }
    }

    fn names(self, node: Node) -> String {
        match self {
            Self::Right => format!("subjectAltName=DNS:{node},DNS:{node}.lab,IP:{}", node.address()),
            Self::OtherName => format!("subjectAltName=DNS:{node}.example.org"),
        }
    }
}

/// Makes `ca.pem`, `other-ca.pem` that has signed nothing, `client.pem` and every server's.
pub(crate) fn make(sandbox: &Sandbox) -> Result<()> {
    sandbox.write("tls/openssl.cnf", OPENSSL_CNF)?;
    sandbox.run_within(MAKING, "sh", ["-ec", &script()]).context("cannot make the certificates").map(drop)
}

/// The subject of the certificate that a server shows.
pub(crate) fn subject(sandbox: &Sandbox, node: Node) -> Result<String> {
    let ask = format!("openssl s_client -starttls mysql -connect {}:3306 </dev/null", node.address());
    sandbox.run_within(SHOWING, "sh", ["-c", &format!("{ask} 2>/dev/null | openssl x509 -noout -subject")])
}

fn script() -> String {
    let servers = Node::ALL.into_iter().flat_map(|node| {
        [Shown::Right, Shown::OtherName].map(|shown| {
            let file = shown.file(node);
            format!("certificate {file} {file} {}\n", shown.names(node))
        })
    });
    let servers: String = servers.collect();
    format!(
        "{FUNCTIONS}\nauthority ca lab-ca\nauthority other-ca other-ca\n\
         certificate client icinga extendedKeyUsage=clientAuth\n\
         certificate mysql mysql subjectAltName=DNS:mysql,IP:{MYSQL}\n\
         certificate newer newer subjectAltName=DNS:newer,IP:{NEWER}\n\
         certificate secured secured subjectAltName=DNS:secured,DNS:server.dc1.consul,IP:{SECURED}\n{servers}"
    )
}

/// The path of a file of this module, inside.
pub(crate) fn path(name: &str) -> String {
    format!("{ROOT}/tls/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_has_two_certificates() {
        let script = script();
        assert!(script.contains("certificate db2 db2 subjectAltName=DNS:db2,DNS:db2.lab,IP:127.0.0.12\n"));
        assert!(script.contains("certificate db3.example.org db3.example.org subjectAltName=DNS:db3.example.org\n"));
    }
}
