//! What Icinga DB Web trips over.

use std::sync::LazyLock;

use regex::Regex;

/// Whether Icinga DB Web takes a text for HTML and purifies all of it: `<none>` then vanishes from the page.
pub fn looks_like_html(text: &str) -> bool {
    // PHP's \w and \s are ASCII.
    static TAG: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"<[0-9A-Za-z_]+(?:[ \t\n\x0B\x0C\r][0-9A-Za-z_]+=[^>]*)?>").expect("the pattern is constant")
    });
    TAG.is_match(text)
}

/// The items with more than five fields: one `;` too many, and Icinga DB Web drops their thresholds.
pub fn oversized(items: &[String]) -> Vec<&str> {
    items.iter().map(String::as_str).filter(|item| item.matches(';').count() > 4).collect()
}
