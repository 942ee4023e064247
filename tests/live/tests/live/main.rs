//! Everything that needs real servers: one lab, taken in turn.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod check_consul_service;
mod check_galera;
mod check_split_dns;
mod stack;
