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

/// `authority FILE NAME` and `certificate FILE NAME EXTENSION`, each with its key; `aged FILE EXTENSION AGE REST` is a
/// certificate that is so many days old and lasts so many more. `openssl req` cannot date back before OpenSSL 3.4.
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
    aged() {
        : >"$1.index"
        openssl req -config openssl.cnf -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
            -subj "/CN=$1" -keyout "$1-key.pem" -out "$1.csr" -addext "$2"
        printf '[ca]\ndefault_ca=lab\n[lab]\ndatabase=%s.index\nnew_certs_dir=.\nrand_serial=yes\n%s\n' \
            "$1" "$CA_OPTIONS" >"$1.cnf"
        openssl ca -config "$1.cnf" -batch -notext -cert ca.pem -keyfile ca-key.pem -in "$1.csr" -out "$1.pem" \
            -startdate "$(day "-$3")" -enddate "$(day "$4")"
    }
    day() { date -u -d "$1 days" +%Y%m%d%H%M%SZ; }
    CA_OPTIONS='default_md=sha256
policy=any
copy_extensions=copy
[any]
commonName=supplied'
"#;

/// The certificate that a server shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// For the node's name and address.
    Right,
    /// Of the same authority, but for `NODE.example.org` alone.
    OtherName,
    /// For the right names, of 40 days, of which 5 are left: fewer than a quarter.
    Ending,
    /// For the right names, of 40 days, of which 3 are left: fewer than a tenth.
    Last,
    /// For the right names, expired 2 days ago.
    Expired,
}

impl Shown {
    /// The file below `tls`, without `.pem` or `-key.pem`.
    pub(crate) fn file(self, node: Node) -> String {
        match self {
            Self::Right => node.name().to_owned(),
            Self::OtherName => format!("{node}.example.org"),
            Self::Ending => format!("{node}-ending"),
            Self::Last => format!("{node}-last"),
            Self::Expired => format!("{node}-expired"),
        }
    }

    fn names(self, node: Node) -> String {
        match self {
            Self::OtherName => format!("subjectAltName=DNS:{node}.example.org"),
            _ => format!("subjectAltName=DNS:{node},DNS:{node}.lab,IP:{}", node.address()),
        }
    }

    /// The call that makes it, see [`FUNCTIONS`].
    fn call(self, node: Node) -> String {
        let (file, names) = (self.file(node), self.names(node));
        match self {
            Self::Right | Self::OtherName => format!("certificate {file} {file} {names}\n"),
            Self::Ending => format!("aged {file} {names} 35 5\n"),
            Self::Last => format!("aged {file} {names} 37 3\n"),
            Self::Expired => format!("aged {file} {names} 42 -2\n"),
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
        [Shown::Right, Shown::OtherName, Shown::Ending, Shown::Last, Shown::Expired].map(|shown| shown.call(node))
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
    fn each_server_has_its_certificates() {
        let script = script();
        assert!(script.contains("certificate db2 db2 subjectAltName=DNS:db2,DNS:db2.lab,IP:127.0.0.12\n"));
        assert!(script.contains("certificate db3.example.org db3.example.org subjectAltName=DNS:db3.example.org\n"));
        assert!(script.contains("aged db1-expired subjectAltName=DNS:db1,DNS:db1.lab,IP:127.0.0.11 42 -2\n"));
    }
}
