//! `check_galera` against the lab's real servers.

mod accounts;
mod appliers;
mod compared;
mod icinga;
mod load;
mod mutation;
mod networks;
mod quorum;
mod readiness;
mod restarts;
mod soak;
mod state_transfer;
mod states;
mod tls;
mod votes;

use live::Check;

/// The whole cluster, without a history.
const CLUSTER: Check = Check {
    service: "GALERA",
    command: "check_galera --defaults-file /run/lab/client.cnf -H 127.0.0.11,127.0.0.12,127.0.0.13 \
              --history-dir /dev/null",
};
