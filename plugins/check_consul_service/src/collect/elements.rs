//! A list that is read element by element while it comes in, so that it is never held as a whole.

use serde::Deserialize;

use super::answer::bad_json;
use crate::snapshot::Failure;

/// The longest element, in bytes: an instance has some checks with outputs of 4 KiB each.
const LONGEST: usize = 1 << 20;

/// The most that is kept of one list, in bytes: some 15 000 instances.
pub(crate) const HEAVIEST: usize = 10 << 20;

/// Says which elements of a list are kept, and how.
pub(crate) trait Keep {
    /// An element, as far as it is of use.
    type Entry<'a>: Deserialize<'a>;
    type Item;

    /// The part of an element that is kept, and how many bytes that takes.
    fn keep(&self, entry: Self::Entry<'_>) -> Option<(Self::Item, usize)>;
}

/// Reads a JSON array piece by piece.
pub(crate) struct Elements<K: Keep> {
    /// Bytes that came in and are not read yet: part of one element as a rule.
    buffer: Vec<u8>,
    /// How much of an element was there when it was found to be incomplete.
    tried: usize,
    state: State,
    keep: K,
    items: Vec<K::Item>,
    weight: usize,
}

/// The next thing to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Opening,
    /// An element, or the end.
    First,
    Element,
    /// A comma, or the end.
    Separator,
    End,
}

impl<K: Keep> Elements<K> {
    pub(crate) fn new(keep: K) -> Self {
        Self { buffer: Vec::new(), tried: 0, state: State::Opening, keep, items: Vec::new(), weight: 0 }
    }

    /// Takes the next piece, and reads what is complete with it.
    ///
    /// # Errors
    /// The list is none, or holds more than is kept.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Failure> {
        self.buffer.extend_from_slice(piece);
        // To read an element anew with every piece of it takes a time that grows with the square of its length.
        if self.buffer.len() < 2 * self.tried && self.buffer.len() <= LONGEST {
            return Ok(());
        }
        self.read()?;
        if self.buffer.len() > LONGEST {
            return Err(Failure::NotUnderstood("an element of the answer is larger than 1 MiB".to_owned()));
        }
        Ok(())
    }

    /// Reads what is complete.
    fn read(&mut self) -> Result<(), Failure> {
        let mut read = 0;
        while let Some(length) = self.step(read)? {
            read += length;
        }
        self.buffer.drain(..read);
        self.tried = self.buffer.len();
        Ok(())
    }

    /// The items, now that nothing more comes.
    ///
    /// # Errors
    /// The list has no end.
    pub(crate) fn finish(mut self) -> Result<Vec<K::Item>, Failure> {
        self.read()?;
        match self.state {
            State::End => Ok(self.items),
            _ => Err(Failure::NotUnderstood("bad JSON (the list has no end)".to_owned())),
        }
    }

    /// How many bytes the next step takes from `at` on; none when it needs more than there are.
    fn step(&mut self, at: usize) -> Result<Option<usize>, Failure> {
        let rest = self.buffer.get(at..).unwrap_or_default();
        let Some(blank) = rest.iter().position(|byte| !byte.is_ascii_whitespace()) else {
            return Ok(Some(rest.len()).filter(|length| *length > 0));
        };
        let next = rest.get(blank).copied().unwrap_or_default();
        self.state = match (self.state, next) {
            (State::Opening, b'[') => State::First,
            (State::First | State::Separator, b']') => State::End,
            (State::Separator, b',') => State::Element,
            (State::First | State::Element, _) => return self.element(at),
            (State::Opening, _) => return Err(Failure::NotUnderstood("bad JSON (no list)".to_owned())),
            _ => return Err(Failure::NotUnderstood("bad JSON (a list that is not separated by commas)".to_owned())),
        };
        Ok(Some(blank + 1))
    }

    fn element(&mut self, at: usize) -> Result<Option<usize>, Failure> {
        let rest = self.buffer.get(at..).unwrap_or_default();
        let mut entries = serde_json::Deserializer::from_slice(rest).into_iter::<K::Entry<'_>>();
        let entry = match entries.next() {
            Some(Ok(entry)) => entry,
            Some(Err(error)) if !error.is_eof() && !breaks_off(rest) => return Err(bad_json(&error)),
            _ => return Ok(None),
        };
        let length = entries.byte_offset();
        if let Some((item, weight)) = self.keep.keep(entry) {
            self.weight = self.weight.saturating_add(weight);
            self.items.push(item);
        }
        if self.weight > HEAVIEST {
            return Err(Failure::NotUnderstood(format!(
                "answer is too large: more than {} MiB to keep",
                HEAVIEST >> 20
            )));
        }
        self.state = State::Separator;
        Ok(Some(length))
    }
}

/// Whether a number may go on after this. Of one that is skipped and lacks its digits serde says that it is none, and
/// not that the end came too early.
fn breaks_off(text: &[u8]) -> bool {
    matches!(text.last(), Some(b'-' | b'+' | b'.' | b'e' | b'E'))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde::Deserializer;
    use serde::de::IgnoredAny;

    use super::*;
    use proptest::prelude::*;

    struct Names;

    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        name: std::borrow::Cow<'a, str>,
    }

    impl Keep for Names {
        type Entry<'a> = Named<'a>;
        type Item = String;

        fn keep(&self, entry: Named<'_>) -> Option<(String, usize)> {
            let name = entry.name.into_owned();
            let weight = name.len();
            (name != "left out").then_some((name, weight))
        }
    }

    fn read(text: &str, piece: usize) -> Result<Vec<String>, Failure> {
        let mut elements = Elements::new(Names);
        for piece in text.as_bytes().chunks(piece) {
            elements.push(piece)?;
        }
        elements.finish()
    }

    #[test]
    fn a_list_is_the_same_in_pieces_of_every_size() {
        let text = " [ {\"name\": \"a ]},\\\" \\u00e4\", \"more\": [{\"x\": [1, {}]}]},\n{\"name\":\"left out\"} ,{\"name\":\"b\"}]\n ";
        for piece in 1..=text.len() {
            assert_eq!(read(text, piece).unwrap(), ["a ]},\" ä", "b"], "pieces of {piece}");
        }
        for text in ["[]", " [\n] "] {
            assert_eq!(read(text, 1).unwrap(), [""; 0]);
        }
    }

    #[test]
    fn a_number_may_be_cut_anywhere() {
        let text = "[{\"x\": [-1, -1.5, 1e5, 1E+5, -1.25e-7, 0], \"name\": \"a\"}]";
        for at in 0..text.len() {
            let mut elements = Elements::new(Names);
            elements.push(&text.as_bytes()[..at]).unwrap();
            elements.push(&text.as_bytes()[at..]).unwrap();
            assert_eq!(elements.finish().unwrap(), ["a"], "cut at {at}");
        }
        assert!(read("[{\"x\": -}]", 1).is_err());
        assert!(read("[{\"x\": -", 1).is_err());
    }

    /// What holds for a whole document holds for it in pieces, also where it is none.
    fn cut(text: &[u8], at: &[prop::sample::Index]) -> Result<Vec<String>, Failure> {
        let mut at: Vec<_> = at.iter().map(|index| index.index(text.len() + 1)).collect();
        at.sort_unstable();
        let mut elements = Elements::new(Names);
        let mut from = 0;
        for to in at.into_iter().chain([text.len()]) {
            elements.push(&text[from..to])?;
            from = to;
        }
        elements.finish()
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_list_is_the_same_however_it_is_cut(
            entries in prop::collection::vec((any::<String>(), any_json()), 0..5), pretty in any::<bool>(),
            at in prop::collection::vec(any::<prop::sample::Index>(), 0..8)
        ) {
            let document: Vec<_> =
                entries.iter().map(|(name, more)| serde_json::json!({"more": more, "name": name})).collect();
            let write = if pretty { serde_json::to_string_pretty } else { serde_json::to_string };
            let text = write(&document).unwrap();
            let names: Vec<_> = entries.into_iter().map(|(name, _)| name).filter(|name| name != "left out").collect();
            prop_assert_eq!(cut(text.as_bytes(), &at), Ok(names));
        }

        /// The words may differ, since they name a line and column of what was held; that it is refused may not.
        #[test]
        fn and_what_is_none_is_refused_however_it_is_cut(
            name in any::<String>(), at in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
            hurt in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let mut text = serde_json::to_vec(&serde_json::json!([{"name": name}, {"name": "b", "x": [true, null, -1.5e-7]}])).unwrap();
            let place = hurt.index(text.len());
            text[place] = byte;
            let (whole, pieces) = (cut(&text, &[]), cut(&text, &at));
            prop_assert_eq!(whole.is_ok(), pieces.is_ok(), "{:?}, {:?}", whole, pieces);
            if let (Ok(whole), Ok(pieces)) = (whole, pieces) {
                prop_assert_eq!(whole, pieces);
            }
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, said) in [
            ("", "the list has no end"),
            ("[", "the list has no end"),
            ("[{\"name\":\"a\"}", "the list has no end"),
            ("[{\"name\":\"a\"", "the list has no end"),
            ("{}", "no list"),
            ("null", "no list"),
            ("[{\"name\":\"a\"},]", "bad JSON (expected value"),
            ("[{\"name\":\"a\"}{\"name\":\"b\"}]", "not separated by commas"),
            ("[]]", "not separated by commas"),
            ("[,]", "bad JSON (expected value"),
            ("[{\"name\":1}]", "bad JSON (invalid type"),
            ("[{}]", "bad JSON (missing field"),
        ] {
            for piece in [1, 1000] {
                let Err(Failure::NotUnderstood(words)) = read(text, piece) else { panic!("{text} is a list") };
                assert!(words.contains(said), "{text}: {words}");
            }
        }
    }

    /// An element that tells how often it was begun.
    struct Counted;

    thread_local! {
        static BEGUN: Cell<usize> = const { Cell::new(0) };
    }

    impl<'de> Deserialize<'de> for Counted {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            BEGUN.set(BEGUN.get() + 1);
            IgnoredAny::deserialize(deserializer).map(|_| Self)
        }
    }

    struct Count;

    impl Keep for Count {
        type Entry<'a> = Counted;
        type Item = ();

        fn keep(&self, _: Counted) -> Option<((), usize)> {
            Some(((), 0))
        }
    }

    #[test]
    fn a_long_element_is_not_read_anew_with_every_piece() {
        let mut elements = Elements::new(Count);
        for byte in format!("[\"{}\"]", "x".repeat(1 << 16)).as_bytes() {
            elements.push(&[*byte]).unwrap();
        }
        assert_eq!(elements.finish().unwrap().len(), 1);
        assert!(BEGUN.get() < 20, "{}", BEGUN.get());
    }

    #[test]
    fn neither_one_element_nor_all_together_may_be_larger_than_what_is_held() {
        let long = format!("[{{\"name\":\"{}\"}}]", "x".repeat(LONGEST + (1 << 17)));
        assert!(
            matches!(read(&long, 1 << 16), Err(Failure::NotUnderstood(words)) if words.contains("larger than 1 MiB"))
        );
        let one = format!("{{\"name\":\"{}\"}}", "x".repeat(1 << 16));
        let many = format!("[{}]", vec![one; (HEAVIEST >> 16) + 1].join(","));
        assert!(matches!(read(&many, 1 << 16), Err(Failure::NotUnderstood(words)) if words.contains("too large")));
    }
}
