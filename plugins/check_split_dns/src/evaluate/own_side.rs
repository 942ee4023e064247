//! Servers that this host could not ask.

use common::{CheckError, Report, text};

use crate::catalogue::NOT_ASKED;
use crate::snapshot::{Asked, ServerKind};

/// The questions that this host could not ask.
pub(super) enum Part {
    All,
    OverTcp,
    /// Those for these names.
    Names(String),
}

/// Reports that this host could not ask a server.
///
/// The remedy is for this host: a command that asks the server would fail here, too.
pub(super) fn not_asked(report: &mut Report, asked: &Asked, fault: &CheckError, part: Part) {
    let (how, left_out) = match part {
        Part::All => ("", String::new()),
        Part::OverTcp => (" over TCP", String::new()),
        Part::Names(names) => ("", format!(" (left out: {names})")),
    };
    let (problem, remedy) = fault.parts();
    let reason = format!("not asked{how}: {}", text::quote(problem));
    let name = &asked.server.name;
    let whose = if asked.kind == ServerKind::External { " (external)" } else { "" };
    let said = report.finding(&NOT_ASKED).of(asked).words(format_args!("{name}{whose} was {reason}{left_out}"));
    said.reason(reason, "not asked").remedy(remedy);
}
