//! The files that packages ship beside the plugins, made from what the plugins say of themselves.

pub mod man;
