//! Characters that are invisible, or that change how others are shown.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Whether `c` must be escaped.
///
/// By Unicode's general category these are control characters (Cc), format characters (Cf) such as direction overrides,
/// private use (Co), unassigned ones (Cn), and the line and paragraph separators (Zl, Zp). Letters, marks and a symbol
/// that fonts draw as nothing are included: Unicode's property `Default_Ignorable_Code_Point`, and the empty Braille
/// pattern.
pub(crate) fn is_unprintable(c: char) -> bool {
    if c.is_ascii() {
        // Nearly all text is ASCII, and needs no lookup.
        return c.is_ascii_control();
    }
    c.general_category_group() == GeneralCategoryGroup::Other
        || matches!(c, '\u{2028}' | '\u{2029}')
        || matches!(c,
            '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{2800}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_that_show_nothing_are_unprintable() {
        for (category, samples) in [
            ("Cc", &['\0', '\x1b', '\x7f', '\u{80}', '\u{9f}'] as &[_]),
            (
                "Cf",
                &[
                    '\u{ad}', '\u{61c}', '\u{180e}', '\u{200b}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2060}',
                    '\u{2066}',
                ],
            ),
            ("Cf", &['\u{2069}', '\u{feff}', '\u{fff9}', '\u{fffb}', '\u{e0001}', '\u{e007f}']),
            ("Co", &['\u{e000}', '\u{f8ff}', '\u{f0000}', '\u{10fffd}']),
            ("Cn", &['\u{378}', '\u{2065}', '\u{fdd0}', '\u{ffff}', '\u{e0000}', '\u{e0fff}', '\u{10ffff}']),
            ("Zl, Zp", &['\u{2028}', '\u{2029}']),
        ] {
            for c in samples {
                assert!(is_unprintable(*c), "{category} {c:?}");
            }
        }
    }

    #[test]
    fn characters_that_fonts_draw_as_nothing_are_unprintable() {
        for range in [
            '\u{34f}'..='\u{34f}',
            '\u{115f}'..='\u{1160}',
            '\u{17b4}'..='\u{17b5}',
            '\u{180b}'..='\u{180f}',
            '\u{2800}'..='\u{2800}',
            '\u{3164}'..='\u{3164}',
            '\u{fe00}'..='\u{fe0f}',
            '\u{ffa0}'..='\u{ffa0}',
            '\u{e0100}'..='\u{e01ef}',
        ] {
            for c in range {
                assert!(is_unprintable(c), "{c:?}");
            }
        }
    }

    #[test]
    fn neighbouring_characters_are_printed() {
        for c in
            "\u{34e}\u{350}\u{115e}\u{1161}\u{17b3}\u{17b6}\u{180a}\u{1810}\u{2027}\u{202f}\u{27ff}\u{2801}".chars()
        {
            assert!(!is_unprintable(c), "{c:?}");
        }
        for c in "\u{3163}\u{3165}\u{fe10}\u{ff9f}\u{fffd} ~\u{a0}ÿé東👍\u{301}".chars() {
            assert!(!is_unprintable(c), "{c:?}");
        }
    }
}
