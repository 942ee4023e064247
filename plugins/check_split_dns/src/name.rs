//! Names as servers are asked for them, and the zones that they are in.

use std::hash::{BuildHasher, RandomState};

use common::dns::{Name, NameError, Question, RecordType};

/// A name without the dot at its end.
pub(crate) fn plain(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_owned()
}

/// The zone that a name is in: the longest of those given that holds it, else its last label.
pub(crate) fn zone_of(name: &Name, zones: &[Name]) -> Name {
    let holding = zones.iter().filter(|zone| zone.zone_of(name));
    holding.max_by_key(|zone| zone.iter().len()).cloned().unwrap_or_else(|| name.trim_to(1))
}

/// Whether it is a zone of Consul's, whose root is `consul` unless it was told another.
pub(crate) fn is_consul(zone: &Name) -> bool {
    zone.iter().next_back().is_some_and(|label| label.eq_ignore_ascii_case(b"consul"))
}

/// The name below which a random label is asked for: the internal name's parent if that is in its zone, else the zone.
pub(crate) fn canary_parent(name: &Name, zone: &Name) -> Name {
    let parent = name.base_name();
    if zone.zone_of(&parent) { parent } else { zone.clone() }
}

/// A question for a name below `parent` that nobody has asked for before, so that no cache answers it.
///
/// # Errors
/// When the parent is so long that no label fits before it.
pub(crate) fn random_question(parent: &Name) -> Result<Question, NameError> {
    // Keyed at random by the standard library, and with another key each time.
    let label = RandomState::new().hash_one(());
    Question::new(&format!("csd-{label:016x}.{}", plain(parent)), RecordType::A)
}

#[cfg(test)]
mod tests;
