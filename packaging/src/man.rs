//! Manual pages: options from the argument parser, metrics and findings from the catalogue, the rest from `man/`.

use std::io;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use common::{Catalogue, Default, MetricSpec};
use roff::{Roff, bold, italic, roman};

/// A plugin as its manual page needs it.
pub struct Page {
    /// The plugin's name, which is the page's too.
    pub name: &'static str,
    command: Command,
    catalogue: &'static Catalogue,
    /// Sections in roff that only this plugin has.
    sections: &'static str,
}

/// The page of every plugin.
pub fn pages() -> [Page; 3] {
    [
        Page {
            name: "check_galera",
            command: check_galera::Cli::command(),
            catalogue: &check_galera::CATALOGUE,
            sections: include_str!("../man/check_galera.roff"),
        },
        Page {
            name: "check_consul_service",
            command: check_consul_service::Cli::command(),
            catalogue: &check_consul_service::CATALOGUE,
            sections: "",
        },
        Page {
            name: "check_split_dns",
            command: check_split_dns::Cli::command(),
            catalogue: &check_split_dns::CATALOGUE,
            sections: "",
        },
    ]
}

impl Page {
    /// The page in roff.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let man = Man::new(self.command.clone()).section("1");
        man.render_title(out)?;
        man.render_name_section(out)?;
        man.render_synopsis_section(out)?;
        man.render_options_section(out)?;
        self.judged().to_writer(out)?;
        out.write_all(self.sections.as_bytes())?;
        out.write_all(EXIT_STATUS.as_bytes())
    }

    fn judged(&self) -> Roff {
        let mut roff = Roff::new();
        roff.control("SH", ["METRICS"]);
        roff.text([roman("Judged by -w and -c. A range without a metric's name is for the first.")]);
        for metric in self.catalogue.metrics {
            roff.control("TP", []);
            roff.text([bold(metric.id)]);
            roff.text([roman(metric.help), italic(defaults(metric))]);
        }
        roff.control("SH", ["FINDINGS"]);
        roff.text([roman("Overruled by --severity.")]);
        for finding in self.catalogue.findings {
            roff.control("TP", []);
            roff.text([bold(finding.id), roman(format!(" [{}]", finding.severity.to_string().to_lowercase()))]);
            roff.text([roman(finding.help)]);
        }
        roff
    }
}

fn defaults(metric: &MetricSpec) -> String {
    let option = |name, default| match default {
        Default::None => None,
        Default::Range(text) | Default::Derived(text) => Some(format!(" {name} {text}")),
    };
    [option("-w", metric.warning), option("-c", metric.critical)].into_iter().flatten().collect()
}

const EXIT_STATUS: &str = ".SH EXIT STATUS
.TP
.B 0
OK
.TP
.B 1
WARNING: something is lost, the service is not
.TP
.B 2
CRITICAL: the service is lost or in danger; a target that refuses, is silent or answers nonsense
.TP
.B 3
UNKNOWN: we could not judge: wrong arguments, an unreadable file, access denied; also help and version
";
