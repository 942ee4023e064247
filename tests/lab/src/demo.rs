//! The three plugins against a healthy, a broken and a mended stack.

use anyhow::{Context as _, Result, bail};

use crate::fault::Fault;
use crate::lab::Lab;
use crate::node::{self, Node, PUBLIC_NAME, SERVICE_NAME};
use crate::plugins;
use crate::progress::Progress;

/// Builds the plugins, brings a lab of its own up, and shows them before, during and after a fault.
///
/// # Errors
/// A plugin that cannot be built or run, or the lab's own.
pub fn demo(progress: &Progress) -> Result<()> {
    let step = progress.step("Plugins: cargo build");
    plugins::build()?;
    step.done();
    let lab = Lab::start_with(progress)?;
    println!("\nAll is well:\n");
    check(&lab)?;

    println!("MariaDB on db3 is killed (galera-kill db3):\n");
    lab.break_(Fault::GaleraKill(Node::Db3))?;
    check(&lab)?;

    let step = progress.step("All healthy again");
    lab.mend()?;
    step.done();
    println!("db3 is back:\n");
    check(&lab)?;
    lab.end()
}

/// Runs the three plugins as a user would, and shows what each says and its exit code.
fn check(lab: &Lab) -> Result<()> {
    for line in command_lines() {
        let mut words = line.split(' ');
        let program = words.next().context("no program")?;
        println!("$ {line}");
        let output = lab.command(program).args(words).output().with_context(|| format!("cannot run {program}"))?;
        print!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        match output.status.code() {
            Some(code) => println!("exit code {code}\n"),
            None => bail!("{program} ended by a signal: {}", output.status),
        }
    }
    Ok(())
}

fn command_lines() -> [String; 3] {
    let [galera, consul, dns] = ["check_galera", "check_consul_service", "check_split_dns"];
    let addresses = node::addresses();
    [
        format!("{galera} --defaults-file /run/lab/client.cnf -H {addresses} --history-dir /run/lab/history"),
        format!("{consul} -s galeradb --expect 3 --dns -H {addresses} --history-dir /run/lab/history"),
        format!("{dns} -i {SERVICE_NAME}=127.0.0.0/8 -e {PUBLIC_NAME}"),
    ]
}
