//! The first line: all that a phone shows at 3 a.m.
//!
//! 1. The worst comes first, and the cause before the count. A count outside its range names the targets that explain
//!    it, each with its reason. No cause is named twice.
//! 2. Findings of lower states follow as far as they fit. The rest is counted.
//! 3. A number outside its range is followed by its limit.
//! 4. All that is well comes last, and only if there is room.
//!
//! When the room ends, sentences shrink: first reasons become a word, then names are cut in the middle.

mod causes;

use std::collections::{BTreeMap, BTreeSet};

use nagiosplugin::ServiceState;

use crate::report::Finding;
use crate::{text, wording};
use causes::{Explained, Told};

/// The most causes of a count that are all named.
const NAMED: usize = 3;

/// The shortest cut of a sentence, in bytes. A shorter one would tell nothing.
const LEAST: usize = 48;

/// The number of sentences after which no other has room.
const TRIED: usize = 32;

/// The shortest cut of a name, in bytes.
const SHORTEST_NAME: usize = 8;

const SEPARATOR: &str = "; ";

/// The line without service and state, in at most `room` bytes.
///
/// `findings` are sorted, the worst first. Those that are OK appear only as causes.
pub(super) fn compose(findings: &[&Finding], well: &[String], room: usize) -> String {
    let mut line = choose(parts(findings), room);
    for part in well.iter().map(|part| text::line(part)) {
        if line.is_empty() || line.len() + SEPARATOR.len() + part.len() <= room {
            append(&mut line, &shorten(part, room));
        }
    }
    line
}

/// One sentence of the line.
struct Part {
    state: ServiceState,
    /// The sentence in ever shorter forms.
    forms: Vec<String>,
    /// Labels of the targets, each with its reason in a word, for a form that cuts names.
    causes: Vec<(String, String)>,
    /// Whether the line must have this part: the worst one, a count with few causes, and a finding that explains such a
    /// count.
    is_needed: bool,
    /// The bytes that are reserved for this part, with its separator, until its form is chosen.
    least: usize,
}

/// The parts in their order: each finding that is not OK, except those that appear as causes of another.
fn parts(findings: &[&Finding]) -> Vec<Part> {
    let mut told = Told::new(findings);
    let mut parts: Vec<Part> = Vec::new();
    let wrong = findings.iter().enumerate().filter(|(_, finding)| finding.state != ServiceState::Ok);
    for (index, _) in wrong {
        // A count takes the position of the finding that explains it.
        let index = told.count_of(index).unwrap_or(index);
        let Some(finding) = findings.get(index).filter(|_| !told.has(index)) else { continue };
        let causes = told.untold(index);
        if !causes.is_empty() || !told.is_explained(finding) {
            parts.push(Part::new(finding, &causes, parts.len(), told.is_reason(index)));
        }
        told.remember(index, &causes);
    }
    parts
}

/// The sentence of a finding in ever shorter forms.
fn forms(finding: &Finding, causes: &[Explained]) -> Vec<String> {
    let sentence = text::line(&finding.text);
    if !causes.is_empty() {
        let [long, short] = [reasons(causes), words(causes)];
        return vec![format!("{sentence}: {long}"), format!("{sentence}: {short}"), short];
    }
    let mut forms = Vec::new();
    if !finding.limit.is_empty() && !finding.is_self_evident && finding.causes.is_empty() {
        forms.push(format!("{sentence}, {}", finding.limit));
    }
    forms.push(sentence);
    if let (Some(reason), [subject]) = (&finding.reason, finding.subjects.as_slice()) {
        let label = text::line(&subject.label);
        forms.push(format!("{label} {}", text::line(&reason.words)));
        forms.push(format!("{label} {}", reason.word));
    }
    forms
}

/// `db2 and db3 connection refused, db4 no answer for 3 s`.
fn reasons(causes: &[Explained]) -> String {
    grouped(causes.iter().map(|cause| (cause.sentence(), cause.reason.clone().unwrap_or_default())))
}

/// `db2 and db3 down, db4 silent`.
fn words(causes: &[Explained]) -> String {
    grouped(causes.iter().map(|cause| (cause.label.clone(), cause.word.clone())))
}

/// Groups names with the same reason, in the order of the first of each. A sentence about several targets appears once.
fn grouped(causes: impl Iterator<Item = (String, String)>) -> String {
    let (mut groups, mut told): (Vec<(String, Vec<String>)>, _) = (Vec::new(), BTreeSet::new());
    let mut positions: BTreeMap<String, usize> = BTreeMap::new();
    for (name, reason) in causes.filter(|cause| told.insert(cause.clone())) {
        let position = *positions.entry(reason.clone()).or_insert(groups.len());
        match groups.get_mut(position) {
            Some((_, names)) => names.push(name),
            None => groups.push((reason, vec![name])),
        }
    }
    let said = groups.iter().map(|(reason, names)| format!("{} {reason}", wording::list(names)).trim_end().to_owned());
    said.collect::<Vec<_>>().join(", ")
}

/// Joins the parts that fit, and counts the others.
///
/// The needed parts are chosen first, each in the longest form that leaves room for the shortest forms of the other
/// needed ones. A needed part that does not fit is cut after that.
fn choose(mut parts: Vec<Part>, room: usize) -> String {
    let longest: Option<Vec<_>> = parts.iter().map(|part| part.forms.first().cloned()).collect();
    if let Some(whole) = longest.map(|longest| longest.join(SEPARATOR)).filter(|whole| whole.len() <= room) {
        return whole;
    }
    need_no_more_than_fits(&mut parts, room);
    let (needed, others): (Vec<_>, Vec<_>) = (0..parts.len()).partition(|index| is_needed(&parts, *index));
    let mut line = Line { parts: &parts, chosen: parts.iter().map(|_| None).collect(), room };
    for index in &needed {
        line.fit(*index);
    }
    for index in &needed {
        line.squeeze(*index);
    }
    for index in &others {
        line.fit(*index);
    }
    line.into_text()
}

/// Reserves room for the needed parts, the worst first. A part without room is no longer needed, and is tried with the
/// others.
///
/// Causes stay needed, to be cut, while half of the line is left for them.
fn need_no_more_than_fits(parts: &mut [Part], room: usize) {
    let count = others(parts.iter().map(|part| part.state)).map_or(0, |count| count.len());
    let mut left = room.saturating_sub(count);
    for (index, part) in parts.iter_mut().enumerate().filter(|(_, part)| part.is_needed) {
        let least = part.least_of(room);
        part.is_needed = index == 0 || least <= left || !part.causes.is_empty() && left * 2 >= room;
        part.least = if part.is_needed { least.min(left) } else { 0 };
        left -= part.least;
    }
}

fn is_needed(parts: &[Part], index: usize) -> bool {
    parts.get(index).is_some_and(|part| part.is_needed)
}

/// The line while its parts are chosen.
struct Line<'p> {
    parts: &'p [Part],
    chosen: Vec<Option<String>>,
    room: usize,
}

impl Line<'_> {
    /// Chooses the longest form that fits.
    fn fit(&mut self, index: usize) {
        if self.parts.get(index).is_none_or(|part| part.forms.is_empty()) {
            return;
        }
        let Some(left) = self.left(index) else { return };
        let form = self.parts.get(index).and_then(|part| part.forms.iter().find(|form| form.len() <= left));
        if let (Some(chosen), Some(form)) = (self.chosen.get_mut(index), form) {
            *chosen = Some(form.clone());
        }
    }

    /// Cuts the shortest form if no form fits.
    fn squeeze(&mut self, index: usize) {
        let left = self.left(index).unwrap_or(0);
        if let (Some(chosen @ None), Some(part)) = (self.chosen.get_mut(index), self.parts.get(index)) {
            *chosen = Some(part.squeezed(left));
        }
    }

    /// The room for a part: the bytes that are left by the chosen parts, the reserved bytes of the needed ones, and the
    /// count of the rest.
    fn left(&self, index: usize) -> Option<usize> {
        let chosen: usize = self.chosen.iter().flatten().map(|form| form.len() + SEPARATOR.len()).sum();
        let open = self.parts.iter().zip(&self.chosen).enumerate();
        let open: Vec<_> = open.filter(|(position, (_, form))| *position != index && form.is_none()).collect();
        let least: usize = open.iter().map(|(_, (part, _))| part.least).sum();
        let rest = open.iter().map(|(_, (part, _))| *part).filter(|part| !part.is_needed);
        let count = others(rest.map(|part| part.state)).map_or(0, |count| count.len() + SEPARATOR.len());
        self.room.checked_sub(chosen + least + count)
    }

    fn into_text(self) -> String {
        let untold = self.parts.iter().zip(&self.chosen).filter(|(_, form)| form.is_none());
        let more = others(untold.map(|(part, _)| part.state));
        self.chosen.into_iter().flatten().chain(more).collect::<Vec<_>>().join(SEPARATOR)
    }
}

impl Part {
    fn new(finding: &Finding, causes: &[Explained], earlier: usize, is_reason: bool) -> Self {
        let is_needed = earlier == 0 || is_reason || (1..=NAMED).contains(&causes.len());
        Self {
            state: finding.state,
            forms: if is_needed || earlier < TRIED { forms(finding, causes) } else { Vec::new() },
            causes: causes.iter().map(|cause| (cause.label.clone(), cause.word.clone())).collect(),
            is_needed,
            least: 0,
        }
    }

    /// The bytes to reserve for the part, with its separator.
    fn least_of(&self, room: usize) -> usize {
        let shortest = self.forms.iter().map(String::len).min().unwrap_or(0);
        // Names that leave no room for other parts are cut.
        let most = if self.causes.is_empty() { LEAST } else { room / 3 * 2 };
        shortest.min(most) + SEPARATOR.len()
    }

    /// The shortest form, cut to `room` bytes: each name in its middle, or the sentence at its end.
    fn squeezed(&self, room: usize) -> String {
        let overhead: usize = self.causes.iter().map(|(_, word)| word.len() + " and ".len() + 1).sum();
        let share = room.saturating_sub(overhead).checked_div(self.causes.len()).unwrap_or(0);
        if share >= SHORTEST_NAME {
            let names = distinct(self.causes.iter().map(|(name, _)| name.as_str()), share);
            return grouped(names.into_iter().zip(self.causes.iter().map(|(_, word)| word.clone())));
        }
        shorten(self.forms.last().cloned().unwrap_or_default(), room)
    }
}

/// Names cut to at most `limit` bytes each. Names that would look equal get a digest.
fn distinct<'n>(names: impl Iterator<Item = &'n str> + Clone, limit: usize) -> Vec<String> {
    let cut: Vec<_> = names.clone().map(|name| text::cut_middle(name, limit)).collect();
    let is_taken = |name: &String| cut.iter().filter(|other| *other == name).count() > 1;
    let name =
        |(cut, name): (&String, &str)| if is_taken(cut) { text::cut_to_digest(name, limit) } else { cut.clone() };
    cut.iter().zip(names).map(name).collect()
}

/// `1 more critical, 2 more warnings, 3 more unknown`; `None` if there are none.
fn others(states: impl Iterator<Item = ServiceState>) -> Option<String> {
    let states: Vec<_> = states.collect();
    let words = [
        (ServiceState::Critical, "critical", "critical"),
        (ServiceState::Warning, "warning", "warnings"),
        (ServiceState::Unknown, "unknown", "unknown"),
    ];
    let counts = words.into_iter().filter_map(|(state, one, many)| {
        match states.iter().filter(|known| **known == state).count() {
            0 => None,
            1 => Some(format!("1 more {one}")),
            count => Some(format!("{count} more {many}")),
        }
    });
    Some(counts.collect::<Vec<_>>().join(", ")).filter(|counts| !counts.is_empty())
}

fn append(line: &mut String, sentence: &str) {
    if !line.is_empty() && !sentence.is_empty() {
        line.push_str(SEPARATOR);
    }
    line.push_str(sentence);
}

/// A text cut at its end to at most `limit` bytes.
pub(super) fn shorten(text: String, limit: usize) -> String {
    if text.len() <= limit {
        return text;
    }
    let Some(mut end) = limit.checked_sub('…'.len_utf8()) else { return String::new() };
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", text.get(..end).unwrap_or_default().trim_end())
}
