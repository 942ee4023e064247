//! Properties that hold for every input.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use common::{Label, Number, Range};
use proptest::prelude::*;
use test_support::oracle;

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-1000..1000_i32).prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", |value| Number::try_from(value).ok()),
    ]
}

fn range() -> impl Strategy<Value = Range> {
    (any::<bool>(), proptest::option::of(number()), proptest::option::of(number())).prop_filter_map(
        "ordered",
        |(inside, start, end)| {
            let at = if inside { "@" } else { "" };
            let start = start.map_or("~".to_owned(), |start| start.to_string());
            let end = end.map_or(String::new(), |end| end.to_string());
            format!("{at}{start}:{end}").parse().ok()
        },
    )
}

/// Text of a hostile server: any characters, with the special ones often.
fn hostile() -> impl Strategy<Value = String> {
    let special = proptest::sample::select(
        "|='\"<>\r\n\t\0\u{1b}\u{7f}\u{85}\u{202e}\u{200b}\u{2028}\\;:a_ ".chars().collect::<Vec<_>>(),
    );
    proptest::collection::vec(prop_oneof![special, any::<char>()], 0..80).prop_map(String::from_iter)
}

proptest! {
    #[test]
    fn a_number_reads_back_as_itself(number in number()) {
        prop_assert_eq!(number.to_string().parse::<Number>(), Ok(number));
        prop_assert!(!number.to_string().contains(['e', 'E']));
    }

    #[test]
    fn a_range_reads_back_as_itself(range in range()) {
        prop_assert_eq!(range.to_string().parse::<Range>(), Ok(range));
    }

    #[test]
    fn the_range_parser_accepts_any_text(text in hostile()) {
        if let Ok(range) = text.parse::<Range>() {
            prop_assert_eq!(range.to_string().parse::<Range>(), Ok(range));
        }
    }

    #[test]
    fn a_label_stays_one_label(remote in hostile(), value in any::<i32>()) {
        let Some(label) = Label::new(&remote) else { return Ok(()) };
        let datum = format!("'{label}'={value};;;;");
        let split = oracle::split_perfdata(&format!("'before'=1 {datum} 'after'=2"));
        prop_assert_eq!(split.len(), 3, "{:?}", split);
        let parsed = oracle::PerfdataValue::parse(&split[1]).unwrap();
        prop_assert_eq!(parsed.label, label.to_string());
        prop_assert!((parsed.value - f64::from(value)).abs() < f64::EPSILON);
    }
}
