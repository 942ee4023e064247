//! Everything that needs real servers: each test takes a lab of its own.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod check_consul_service;
mod check_galera;
mod check_split_dns;
mod compared;
mod stack;
