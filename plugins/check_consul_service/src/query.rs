//! The instances that are asked about.

use std::borrow::Cow;

use crate::cli::{Cli, Environment};

/// The instances that are asked about.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) service: String,
    pub(crate) datacenter: Option<String>,
    pub(crate) namespace: Option<String>,
    pub(crate) partition: Option<String>,
    pub(crate) peer: Option<String>,
    pub(crate) filter: Option<String>,
    /// In lower case, since Consul ignores case in tags. An instance must have all of them.
    pub(crate) tags: Vec<String>,
    pub(crate) node: Option<String>,
}

impl Query {
    /// The arguments, completed by the environment.
    pub(crate) fn new(cli: &Cli, environment: &Environment) -> Self {
        let args = &cli.selection;
        let or = |given: &Option<String>, variable: &Option<String>| given.clone().or_else(|| variable.clone());
        Self {
            service: cli.service.clone(),
            datacenter: args.datacenter.clone(),
            namespace: or(&args.namespace, &environment.namespace),
            partition: or(&args.partition, &environment.partition),
            peer: args.peer.clone(),
            filter: args.filter.clone(),
            tags: args.tag.iter().map(|tag| tag.to_lowercase()).collect(),
            node: args.node.clone(),
        }
    }

    /// Whether an instance with these tags on this node is one of those asked about.
    pub(crate) fn selects(&self, node: &str, tags: &[Cow<str>]) -> bool {
        let has = |wanted: &String| tags.iter().any(|tag| tag.to_lowercase() == *wanted);
        // Consul ignores case in names of nodes, too.
        self.tags.iter().all(has) && self.node.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(node))
    }

    /// The words that say what narrows the look-up; `None` when all instances are meant.
    pub(crate) fn narrowed(&self) -> Option<String> {
        let tags = self.tags.iter().map(|tag| format!("the tag {tag}"));
        let node = self.node.iter().map(|node| format!("the node {node}"));
        let filter = self.filter.iter().map(|filter| format!("the filter {filter}"));
        let all: Vec<_> = tags.chain(node).chain(filter).collect();
        (!all.is_empty()).then(|| all.join(" and "))
    }
}
