//! The variables of a database server that a fault or a test may change, and their right values.

use anyhow::Result;

use crate::galera::Galera;
use crate::node::Node;

/// In the order that lets each statement through.
const VARIABLES: [(&str, &str); 11] = [
    ("wsrep_reject_queries", "NONE"),
    ("wsrep_on", "1"),
    ("wsrep_desync", "0"),
    ("wsrep_sync_wait", "0"),
    ("read_only", "0"),
    ("tx_read_only", "0"),
    ("max_connections", "151"),
    ("disconnect_on_expired_password", "0"),
    ("max_allowed_packet", "16777216"),
    ("wsrep_sst_method", "mariabackup"),
    ("wsrep_slave_threads", "1"),
];

/// Within `wsrep_provider_options`.
const PROVIDER_OPTIONS: [(&str, &str); 3] = [("gmcast.isolate", "0"), ("pc.ignore_sb", "false"), ("pc.weight", "1")];

/// The statements that put right what differs, and no others: even one that changes nothing makes the cluster agree
/// on a new view, or spoils the state that a donor is sending.
pub(crate) fn corrections(galera: Galera, node: Node) -> Result<String> {
    let variables = VARIABLES.map(|(name, _)| format!("@@global.{name}, ")).concat();
    let row = galera.sql(node, &format!("SELECT {variables}@@global.wsrep_provider_options"))?;
    Ok(compare(row.trim_end()))
}

fn compare(row: &str) -> String {
    let mut values = row.split('\t');
    let variables = VARIABLES.iter().zip(&mut values).filter(|((_, right), value)| right != value);
    let variables: Vec<_> = variables.map(|((name, right), _)| format!("SET GLOBAL {name} = {right};")).collect();
    let options = values.next().unwrap_or_default();
    let wrong = PROVIDER_OPTIONS.iter().filter(|(name, right)| option(options, name).is_some_and(|set| set != *right));
    let set = |(name, right): &(&str, &str)| format!("SET GLOBAL wsrep_provider_options = '{name}={right}';");
    variables.concat() + &wrong.map(set).collect::<Vec<_>>().concat()
}

/// The value of an option; one that was never set may be missing.
fn option<'a>(options: &'a str, name: &str) -> Option<&'a str> {
    options
        .split(';')
        .filter_map(|option| option.trim().split_once(" = "))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RIGHT: &str =
        "NONE\t1\t0\t0\t0\t0\t151\t0\t16777216\tmariabackup\t1\tbase_port = 4567; pc.version = 0; pc.weight = 1; ";

    #[test]
    fn what_is_right_is_left_alone() {
        assert_eq!(compare(RIGHT), "");
    }

    #[test]
    fn what_differs_is_set() {
        let wrong = RIGHT.replace("\t151\t", "\t10\t").replace("pc.weight = 1;", "pc.weight = 10; gmcast.isolate = 1;");
        let statements = "SET GLOBAL max_connections = 151;SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0';\
                          SET GLOBAL wsrep_provider_options = 'pc.weight=1';";
        assert_eq!(compare(&wrong), statements);
    }
}
