//! The page that Icinga DB Web makes of an output, and the outputs that it misreads.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The visible form of a text on the page of Icinga DB Web.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Whether the whole text is taken for HTML and purified. The lines are then those before the purifier, which drops
    /// everything that it takes for a tag.
    pub html: bool,
    /// The lines, with `●` for each state ball.
    pub lines: Vec<String>,
    /// The state balls, from the first line to the last.
    pub balls: Vec<Ball>,
    /// The entities that the browser decodes, in their original form: `&#10;`.
    pub entities: Vec<String>,
    /// The characters that are invisible or change how others are shown. A tab is one, a line break is not.
    pub hidden: Vec<char>,
}

/// A coloured ball that stands for a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ball {
    /// The index of its line.
    pub line: usize,
    /// The number of characters before it.
    pub column: usize,
    /// The word that it replaced: `OK`.
    pub state: String,
}

impl Page {
    /// Reads a text without performance data, first as `PluginOutput` and then as the browser does.
    ///
    /// The source is `library/Icingadb/Util/PluginOutput.php` of Icinga DB Web at commit 092dca7f. The older fea801e0
    /// differs for plain text in one step: it makes one line break of `\n\n`.
    ///
    /// 1. A text with a tag is HTML (see [`looks_like_html`]). Any other is escaped by `htmlspecialchars` without
    ///    double encoding: an entity that is there already stays one.
    /// 2. The two characters `\` and `t` become a tab, `\` and `n` a line break.
    /// 3. `OK`, `WARNING`, `CRITICAL`, `UNKNOWN`, `UP` and `DOWN` in brackets or parentheses, also in one of each, become
    ///    a state ball. `PENDING` does too, as in the `PluginOutput` of Icinga for Kubernetes Web.
    /// 4. More than six `@` become six.
    ///
    /// This function differs in three ways. It has no table of HTML's names: any `&name;` counts as an entity, and only
    /// the five of XML, `&nbsp;`, `&Tab;` and `&NewLine;` are decoded. It does not cut the text at 1000 bytes. It omits
    /// the zero-width space that Icinga DB Web itself puts after a comma.
    pub fn of(text: &str) -> Self {
        static MEANINGFUL: LazyLock<Regex> = LazyLock::new(|| {
            let ball = r"[\[(](?<state>OK|WARNING|CRITICAL|UNKNOWN|UP|DOWN|PENDING)[\])]";
            let entity = r"(?<entity>&(?:#[0-9]+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);)";
            let pattern = format!(r"(?<tab>\\t)|(?<newline>\\n)|(?<at>@{{6,}})|{ball}|{entity}");
            Regex::new(&pattern).expect("the pattern is constant")
        });
        let mut page = Self { html: looks_like_html(text), lines: vec![String::new()], ..Self::default() };
        let mut rest = text;
        while let Some(found) = MEANINGFUL.captures(rest) {
            let whole = found.get_match();
            page.write(&rest[..whole.start()]);
            page.interpret(&found);
            rest = &rest[whole.end()..];
        }
        page.write(rest);
        page.hidden = page.lines.iter().flat_map(|line| line.chars().filter(|c| is_hidden(*c))).collect();
        page
    }

    fn interpret(&mut self, found: &Captures<'_>) {
        if let Some(state) = found.name("state") {
            let (line, column) = (self.lines.len() - 1, self.last().chars().count());
            self.balls.push(Ball { line, column, state: state.as_str().to_owned() });
            self.write("●");
        } else if let Some(entity) = found.name("entity") {
            self.write(&decode(entity.as_str()));
            self.entities.push(entity.as_str().to_owned());
        } else if found.name("tab").is_some() {
            self.write("\t");
        } else if found.name("newline").is_some() {
            self.write("\n");
        } else {
            self.write("@@@@@@");
        }
    }

    fn write(&mut self, text: &str) {
        let mut lines = text.split('\n');
        self.last().push_str(lines.next().unwrap_or_default());
        self.lines.extend(lines.map(str::to_owned));
    }

    fn last(&mut self) -> &mut String {
        self.lines.last_mut().expect("a page has a line")
    }
}

/// Decodes an entity as a browser does. An entity that browsers refuse, or that is not in this table, stays as it is.
fn decode(entity: &str) -> String {
    let name = entity.trim_start_matches('&').trim_end_matches(';');
    let code = match name.strip_prefix('#') {
        Some(number) => match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => number.parse().ok(),
        },
        None => match name {
            "Tab" => Some(9),
            "NewLine" => Some(10),
            "quot" => Some(34),
            "amp" => Some(38),
            "apos" => Some(39),
            "lt" => Some(60),
            "gt" => Some(62),
            "nbsp" => Some(160),
            _ => None,
        },
    };
    code.and_then(char::from_u32).map_or_else(|| entity.to_owned(), String::from)
}

/// Whether a character is invisible or changes how others are shown: Unicode's categories Cc, Cf, Co, Cn, Zl and Zp,
/// and the empty Braille pattern.
pub fn is_hidden(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Unassigned};
    let category = c.general_category();
    matches!(category, Control | Format | PrivateUse | Unassigned | LineSeparator | ParagraphSeparator)
        || c == '\u{2800}'
}

/// Whether Icinga DB Web takes a text for HTML and purifies all of it: `<none>` then vanishes from the page.
pub fn looks_like_html(text: &str) -> bool {
    // PHP's \w and \s are ASCII.
    static TAG: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"<[0-9A-Za-z_]+(?:[ \t\n\x0B\x0C\r][0-9A-Za-z_]+=[^>]*)?>").expect("the pattern is constant")
    });
    TAG.is_match(text)
}

/// The items with more than five fields. One `;` too many is enough, and Icinga DB Web drops their thresholds.
pub fn oversized(items: &[String]) -> Vec<&str> {
    items.iter().map(String::as_str).filter(|item| item.matches(';').count() > 4).collect()
}
