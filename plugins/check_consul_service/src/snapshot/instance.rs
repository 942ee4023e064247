//! Instances of a service and their checks.

use std::borrow::Cow;
use std::num::NonZeroU64;

use common::{HostPort, Subject, text};

use super::check::{Check, Condition};

/// An instance of a service on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) key: Key,
    /// The name of the service; look-ups match names that differ only in case.
    pub(crate) service: String,
    /// The service's address or else the node's, with the port if there is one.
    pub(crate) address: HostPort,
    /// Whether `--tag` and `--node` select it.
    pub(crate) selected: bool,
    /// The checks of the node and of the service.
    pub(crate) checks: Vec<Check>,
    pub(crate) revision: Revision,
}

/// The raft indexes at which Consul wrote an instance; none where the answer leaves them out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Revision {
    /// When the service was last registered otherwise, or the youngest of its checks was registered: it stays the same as
    /// long as the instance is neither removed nor registered anew.
    pub(crate) registered: Option<NonZeroU64>,
    /// When anything of the instance was last written: its node, the service, or the output of a check.
    pub(crate) written: Option<NonZeroU64>,
}

/// Identifies an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// The cluster that it was imported from (1.14 and newer); empty for our own.
    pub(crate) peer: String,
    /// Consul Enterprise; empty elsewhere.
    pub(crate) partition: String,
    /// Consul Enterprise; empty elsewhere.
    pub(crate) namespace: String,
    pub(crate) node: String,
    /// The id of the service, which is unique on its node only.
    pub(crate) id: String,
}

impl Key {
    /// The key as one text, which no other key has.
    pub(crate) fn text(&self) -> String {
        let Self { peer, partition, namespace, node, id } = self;
        [peer, partition, namespace, node, id].map(|part| part.replace('\\', "\\\\").replace('/', "\\/")).join("/")
    }

    /// `db3/galeradb`: the node and the id.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", text::name(&self.node), text::name(&self.id))
    }
}

impl Subject for Key {
    fn key(&self) -> Cow<'_, str> {
        format!("instance {}", self.text()).into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.path().into()
    }
}

impl Subject for Instance {
    fn key(&self) -> Cow<'_, str> {
        format!("instance {}", self.key.text()).into()
    }

    fn label(&self) -> Cow<'_, str> {
        self.short_name().into()
    }
}

impl Instance {
    /// Its health, as Consul aggregates it.
    pub(crate) fn condition(&self) -> Condition {
        Condition::of(&self.checks)
    }

    /// `db3`, as a sentence calls it.
    pub(crate) fn short_name(&self) -> String {
        match self.from() {
            here if here.is_empty() => self.short_path(),
            from => format!("{} ({})", self.short_path(), from.join(", ")),
        }
    }

    /// `db3 (127.0.0.13:3306)`.
    pub(crate) fn name(&self) -> String {
        let details: Vec<_> = std::iter::once(self.address()).chain(self.from()).collect();
        format!("{} ({})", self.short_path(), details.join(", "))
    }

    /// `127.0.0.13:3306`, as the output shows it.
    pub(crate) fn address(&self) -> String {
        HostPort { host: text::name(&self.address.host), port: self.address.port }.to_string()
    }

    /// The node; with the id where it is not simply the name of the service.
    fn short_path(&self) -> String {
        if self.key.id == self.service { text::name(&self.key.node) } else { self.key.path() }
    }

    /// Peer, partition and namespace, unless it is simply of this cluster.
    fn from(&self) -> Vec<String> {
        let Key { peer, partition, namespace, .. } = &self.key;
        let parts = [("peer", peer), ("partition", partition), ("namespace", namespace)].into_iter();
        let parts = parts.filter(|(_, name)| !name.is_empty() && *name != "default");
        parts.map(|(kind, name)| format!("{kind} {}", text::name(name))).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Whatever is in its parts: a slash in one is no border between two.
    #[test]
    fn no_two_keys_have_the_same_text() {
        let parts = ["", "a", "/", "a/", "/a", "\\", "\\/", "a\\"];
        let mut texts = BTreeSet::new();
        let mut count = 0;
        for node in parts {
            for id in parts {
                for (peer, partition, namespace) in
                    [("", "", ""), ("a", "", ""), ("", "a", ""), ("", "", "a"), ("/", "\\", "")]
                {
                    let [peer, partition, namespace, node, id] =
                        [peer, partition, namespace, node, id].map(str::to_owned);
                    texts.insert(Key { peer, partition, namespace, node, id }.text());
                    count += 1;
                }
            }
        }
        assert_eq!(texts.len(), count);
        let key = Key { node: "db1".to_owned(), id: "web".to_owned(), ..Key::default() };
        assert_eq!(key.text(), "///db1/web");
    }
}
