//! A plugin that fails in the ways in which no real one should, to see what the runtime makes of it.
#![allow(clippy::panic, reason = "to panic is what it is for")]

use std::thread;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use common::{Catalogue, CheckError, CommonArgs, MetricSpec, MetricUnit, Report, Run};

static PATIENCE: MetricSpec = MetricSpec::plain("patience", MetricUnit::Seconds, "what is left of it");

static CATALOGUE: Catalogue = Catalogue { service: "MISBEHAVING", metrics: &[&PATIENCE], findings: &[] };

/// Misbehaves
#[derive(Debug, Parser)]
#[command(name = "check_misbehaving", version)]
struct Cli {
    /// How to misbehave
    #[arg(long)]
    how: How,

    #[command(flatten)]
    common: CommonArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum How {
    Panic,
    PanicElsewhere,
    Block,
    FindNothing,
    Fine,
}

impl AsRef<CommonArgs> for Cli {
    fn as_ref(&self) -> &CommonArgs {
        &self.common
    }
}

fn main() {
    common::run(&CATALOGUE, check)
}

async fn check(cli: Cli, run: Run) -> Result<Report, CheckError> {
    common::stage("misbehaving");
    let mut report = Report::new(&run.rules);
    match cli.how {
        How::Panic => panic!("hunter2|evil=1"),
        How::PanicElsewhere => {
            let _ = thread::spawn(|| panic!("elsewhere")).join();
        }
        How::Block => loop {
            thread::park_timeout(Duration::from_secs(60));
        },
        How::FindNothing => {}
        How::Fine => {
            report.fine().words("fine");
        }
    }
    Ok(report)
}
