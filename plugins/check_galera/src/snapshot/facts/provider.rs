//! The options of the wsrep provider, in both forms in which servers print them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::rows::Rows;
use super::value::{count, period, size, switch};

/// The largest `pc.weight` (MariaDB documentation, "Quorum Control with Weighted Votes").
pub(crate) const MAX_WEIGHT: u64 = 255;

/// One string `a.b = c; …`, or since MariaDB 11.4 a variable `wsrep_provider_a_b` for each
/// (`plugin-wsrep-provider=ON`, which leaves the string empty).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProviderOptions(BTreeMap<String, String>);

impl ProviderOptions {
    /// Reads both forms; where both are there, they agree.
    pub(super) fn new(rows: &Rows) -> Self {
        let mut options = BTreeMap::new();
        for (name, value) in rows.iter() {
            if let Some(option) = name.strip_prefix("wsrep_provider_") {
                options.insert(option.to_owned(), value.to_owned());
            }
        }
        let string = rows.raw("wsrep_provider_options").unwrap_or_default();
        for (name, value) in string.split(';').filter_map(|option| option.split_once('=')) {
            options.insert(name.trim().to_ascii_lowercase().replace('.', "_"), value.trim().to_owned());
        }
        Self(options)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(&name.replace('.', "_")).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A switch, a number or a timeout by its name with dots, alike in both forms.
    pub(crate) fn meaning(&self, name: &str) -> Option<String> {
        let value = self.text(name)?;
        let meant = if name.ends_with("_timeout") {
            period(value).map(|period| format!("{} s", period.as_secs_f64()))
        } else if name.ends_with("_limit") {
            None
        } else {
            switch(value).map(|on| if on { "on" } else { "off" }.to_owned())
        };
        Some(meant.unwrap_or_else(|| value.to_owned()))
    }

    /// Whether an option is switched on, by its name with dots.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.text(name).and_then(switch) == Some(true)
    }

    /// `pc.weight`: the node's vote, which Galera keeps in one byte.
    pub(crate) fn weight(&self) -> Option<u64> {
        self.text("pc.weight").and_then(count).filter(|weight| *weight <= MAX_WEIGHT)
    }

    /// `gcache.size` in bytes.
    pub(crate) fn gcache_size(&self) -> Option<u64> {
        self.text("gcache.size").and_then(size)
    }

    /// `evs.suspect_timeout`: for so long a crashed member is still counted.
    pub(crate) fn suspect_timeout(&self) -> Option<Duration> {
        self.text("evs.suspect_timeout").and_then(period)
    }

    /// The queue at which a node of a group of `members` begins to throttle the group: `gcs.fc_limit`, times the
    /// root of the number of members unless a single node writes (galera `gcs.cpp`, `_set_fc_limits`).
    pub(crate) fn flow_control_limit(&self, members: u64) -> Option<u64> {
        let limit = self.text("gcs.fc_limit").and_then(count)?;
        let single = self.is_on("gcs.fc_single_primary") || self.is_on("gcs.fc_master_slave");
        let members = u32::try_from(members.max(1)).ok()?;
        let factor = if single { 1.0 } else { f64::from(members).sqrt() };
        let limit = f64::from(u32::try_from(limit).ok()?) * factor;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^48 and not negative")]
        Some((limit + 0.5) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(rows: &[(&str, &str)]) -> ProviderOptions {
        ProviderOptions::new(&rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn both_forms_say_the_same() {
        let string = options(&[(
            "wsrep_provider_options",
            "evs.suspect_timeout = PT5S; gcache.size = 128M; gcs.fc_limit = 16; pc.weight = 2; pc.ignore_sb = true; ",
        )]);
        let split = options(&[
            ("wsrep_provider_evs_suspect_timeout", "5.000000"),
            ("wsrep_provider_gcache_size", "134217728"),
            ("wsrep_provider_gcs_fc_limit", "16"),
            ("wsrep_provider_pc_weight", "2"),
            ("wsrep_provider_pc_ignore_sb", "ON"),
        ]);
        for options in [string, split] {
            assert_eq!(options.suspect_timeout(), Some(Duration::from_secs(5)));
            assert_eq!(options.gcache_size(), Some(128 << 20));
            assert_eq!(options.weight(), Some(2));
            assert!(options.is_on("pc.ignore_sb") && !options.is_on("pc.ignore_quorum"));
        }
    }

    #[test]
    fn the_limit_grows_with_the_root_of_the_members() {
        let many = options(&[("wsrep_provider_options", "gcs.fc_limit = 16; gcs.fc_single_primary = no;")]);
        assert_eq!((many.flow_control_limit(1), many.flow_control_limit(3)), (Some(16), Some(28)));
        let single = options(&[("wsrep_provider_options", "gcs.fc_limit = 16; gcs.fc_single_primary = yes;")]);
        assert_eq!(single.flow_control_limit(9), Some(16));
        assert_eq!(options(&[]).flow_control_limit(3), None);
    }
}
