//! Undoes every fault and waits until all is healthy.

use anyhow::Result;

use crate::bind::Bind;
use crate::consul::Consul;
use crate::galera::Galera;
use crate::mysql;
use crate::newer;
use crate::repair;
use crate::resolver;
use crate::sandbox::Sandbox;
use crate::secured;
use crate::together::together;

/// Does not need to know the faults: compares every server with its right state. Changes nothing in a healthy stack.
pub(crate) fn mend(sandbox: &Sandbox) -> Result<()> {
    sandbox.flush()?;
    mysql::end(sandbox)?;
    newer::end(sandbox)?;
    secured::end(sandbox)?;
    resolver::end(sandbox)?;
    let galera = Galera::new(sandbox);
    let consul = Consul::new(sandbox);
    let bind = Bind::new(sandbox);
    let kept = consul.answers_otherwise()?;
    together([&|| repair::galera(galera), &|| consul.mend(), &|| bind.mend()])?;
    // Consul waits for Galera, and BIND for Consul.
    consul.wait_healthy()?;
    if kept {
        bind.forget()?;
    }
    bind.wait_healthy()
}

/// Does the same when only name servers can be wrong. Their right answers then show that the rest is healthy, too.
pub(crate) fn names(sandbox: &Sandbox) -> Result<()> {
    sandbox.run("iptables", ["-w", "-F"])?;
    resolver::end(sandbox)?;
    let bind = Bind::new(sandbox);
    bind.mend()?;
    bind.wait_healthy()
}
