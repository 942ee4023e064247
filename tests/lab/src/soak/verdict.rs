//! Whether a result of the check was right, by what the soak did and what its clients met at that moment.

use std::time::Duration;

use crate::node::Node;

/// Views and answers may lag so far behind what was done: a node is back for the soak before the last member says so.
const LAG: Duration = Duration::from_secs(2);

/// From and to, counted from the start of the soak.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) from: Duration,
    /// [`Duration::MAX`] while it lasts.
    pub(super) to: Duration,
}

impl Span {
    fn meets(self, other: Self) -> bool {
        self.from <= other.to.saturating_add(LAG) && other.from <= self.to.saturating_add(LAG)
    }
}

/// A node that the soak itself has stopped, until it is synced again.
#[derive(Debug)]
pub(super) struct Absence {
    pub(super) node: Node,
    pub(super) span: Span,
}

/// A client's statement that failed for another reason than a deadlock which a retry cured.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) node: Node,
    pub(super) span: Span,
    pub(super) error: String,
}

/// A result of the check.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) span: Span,
    /// What the soak did when the check began.
    pub(super) step: String,
    /// `None` after a signal.
    pub(super) code: Option<i32>,
    pub(super) output: String,
    /// The ends of the servers' logs, unless the result is OK.
    pub(super) logs: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// OK.
    Fine,
    /// A WARNING about nodes that the soak had taken away.
    Away,
    /// A CRITICAL that clients felt too.
    Felt,
    /// The reason why it is wrong.
    Wrong(&'static str),
}

/// Judges one result.
pub(super) fn judge(checked: &Checked, absences: &[Absence], failures: &[Failure]) -> Verdict {
    match checked.code {
        Some(0) => Verdict::Fine,
        Some(1) => warning(&checked.output, &away(checked.span, absences)),
        Some(2) if failures.iter().any(|failure| failure.span.meets(checked.span) && is_felt(failure, absences)) => {
            Verdict::Felt
        }
        Some(2) => Verdict::Wrong("CRITICAL, but no client's INSERT or SELECT failed on a node that should serve"),
        _ => Verdict::Wrong("neither OK, WARNING nor CRITICAL: the check could always ask"),
    }
}

/// The nodes whose absence no result shows; each was away while checks began and ended.
pub(super) fn missed(checked: &[Checked], absences: &[Absence]) -> Vec<Node> {
    let is_seen =
        |absence: &Absence| checked.iter().any(|checked| checked.code != Some(0) && checked.span.meets(absence.span));
    absences.iter().filter(|absence| !is_seen(absence)).map(|absence| absence.node).collect()
}

/// The nodes that the soak had taken away at some moment of this time.
fn away(span: Span, absences: &[Absence]) -> Vec<Node> {
    absences.iter().filter(|absence| absence.span.meets(span)).map(|absence| absence.node).collect()
}

/// Whether it says something about the cluster: a node that the soak has stopped serves nobody.
pub(super) fn is_felt(failure: &Failure, absences: &[Absence]) -> bool {
    !away(failure.span, absences).contains(&failure.node)
}

/// Each line with a warning must be about a node that is away; a count names no node, so it cannot stand alone.
fn warning(output: &str, away: &[Node]) -> Verdict {
    let lines = output.lines().filter(|line| line.starts_with("[WARNING] "));
    let named: Vec<_> = lines.map(named).filter(|nodes| !nodes.is_empty()).collect();
    if named.is_empty() {
        return Verdict::Wrong("WARNING, but about no node");
    }
    // A line may also name the node that helps, as the donor of a state transfer.
    if named.iter().all(|nodes| nodes.iter().any(|node| away.contains(node))) {
        Verdict::Away
    } else {
        Verdict::Wrong("WARNING about a node that was not taken away")
    }
}

/// The nodes that a line names, by name or address.
fn named(line: &str) -> Vec<Node> {
    let has = |word: &str| {
        line.match_indices(word).any(|(at, _)| {
            let whole = |next: Option<char>| next.is_none_or(|next| !next.is_alphanumeric());
            whole(line[..at].chars().next_back()) && whole(line[at + word.len()..].chars().next())
        })
    };
    Node::ALL.into_iter().filter(|node| has(node.name()) || has(node.address())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: u64, to: u64) -> Span {
        Span { from: Duration::from_secs(from), to: Duration::from_secs(to) }
    }

    fn checked(code: Option<i32>, output: &str) -> Checked {
        Checked { span: span(100, 101), step: String::new(), code, output: output.to_owned(), logs: String::new() }
    }

    fn away(node: Node, from: u64, to: u64) -> Absence {
        Absence { node, span: span(from, to) }
    }

    fn failed(node: Node, from: u64, to: u64) -> Failure {
        Failure { node, span: span(from, to), error: String::new() }
    }

    fn is_wrong(checked: &Checked, absences: &[Absence], failures: &[Failure]) -> bool {
        matches!(judge(checked, absences, failures), Verdict::Wrong(_))
    }

    const ABOUT_DB2: &str = "GALERA is WARNING: lab: 2/3 members: db2 connection refused\n\
        [WARNING] lab: 2/3 members: db2 connection refused\n[OK] db1 127.0.0.11:3306 synced\n\
        [WARNING] 127.0.0.12:3306 unreachable, was db2\n[WARNING] cannot survive another crash";

    #[test]
    fn ok_is_right_and_unknown_never() {
        assert_eq!(judge(&checked(Some(0), ""), &[], &[]), Verdict::Fine);
        let (away, failed) = ([away(Node::Db2, 90, 110)], [failed(Node::Db1, 100, 100)]);
        for code in [Some(3), Some(101), None] {
            assert!(is_wrong(&checked(code, ABOUT_DB2), &away, &failed), "{code:?}");
        }
    }

    #[test]
    fn a_warning_is_right_about_a_node_that_is_away() {
        let warning = checked(Some(1), ABOUT_DB2);
        for (from, to) in [(90, 110), (101, 110), (90, 100), (90, 98)] {
            assert_eq!(judge(&warning, &[away(Node::Db2, from, to)], &[]), Verdict::Away, "{from} {to}");
        }
        let lasting = Absence { node: Node::Db2, span: Span { from: Duration::from_secs(90), to: Duration::MAX } };
        assert_eq!(judge(&warning, &[lasting], &[]), Verdict::Away);
    }

    #[test]
    fn a_warning_is_wrong_about_any_other() {
        let warning = checked(Some(1), ABOUT_DB2);
        let failures = [failed(Node::Db2, 100, 100)];
        for absences in [&[][..], &[away(Node::Db3, 90, 110)], &[away(Node::Db2, 90, 97), away(Node::Db2, 104, 110)]] {
            assert!(is_wrong(&warning, absences, &failures), "{absences:?}");
        }
        let absences = [away(Node::Db2, 90, 110)];
        let both = format!("{ABOUT_DB2}\n[WARNING] db1: 90% of connections in use");
        assert!(is_wrong(&checked(Some(1), &both), &absences, &[]));
        assert!(is_wrong(&checked(Some(1), "[WARNING] IST window ~40 s\n[OK] db2 127.0.0.12"), &absences, &[]));
    }

    #[test]
    fn a_line_that_names_the_donor_is_about_the_joiner() {
        let output = "[WARNING] db2 receives a state transfer from db1";
        assert_eq!(judge(&checked(Some(1), output), &[away(Node::Db2, 90, 110)], &[]), Verdict::Away);
    }

    #[test]
    fn an_absence_that_no_result_shows_is_missed() {
        let absences = [away(Node::Db1, 50, 60), away(Node::Db2, 90, 110)];
        assert_eq!(missed(&[checked(Some(0), "")], &absences), [Node::Db1, Node::Db2]);
        assert_eq!(missed(&[checked(Some(0), ""), checked(Some(1), "")], &absences), [Node::Db1]);
    }

    #[test]
    fn names_are_whole_words() {
        assert_eq!(named("[WARNING] db2, 127.0.0.13:3306 and db11, 127.0.0.111"), [Node::Db2, Node::Db3]);
    }

    #[test]
    fn a_critical_is_right_when_a_client_failed_at_that_moment() {
        let critical = checked(Some(2), "");
        for (from, to) in [(100, 101), (80, 98), (103, 110), (80, 130)] {
            assert_eq!(judge(&critical, &[], &[failed(Node::Db1, from, to)]), Verdict::Felt, "{from} {to}");
        }
        assert!(is_wrong(&critical, &[], &[]));
        assert!(is_wrong(&critical, &[], &[failed(Node::Db1, 80, 97), failed(Node::Db1, 104, 110)]));
    }

    #[test]
    fn a_client_of_a_stopped_node_is_no_reason_for_critical() {
        let critical = checked(Some(2), "");
        let absences = [away(Node::Db2, 90, 110)];
        assert!(is_wrong(&critical, &absences, &[failed(Node::Db2, 100, 101)]));
        assert_eq!(judge(&critical, &absences, &[failed(Node::Db3, 100, 101)]), Verdict::Felt);
    }
}
