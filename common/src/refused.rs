//! Options that are refused because their value is a secret.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use clap::{Arg, Command};

/// The `value_parser` of an option that exists only to say which one to use instead. Every user of a host sees the
/// arguments of every process. The value is not shown.
///
/// Give the option `num_args = 0..=1, default_missing_value = "", hide = true`.
#[derive(Clone, Copy, Debug)]
pub struct SecretInArguments {
    /// The secret, such as `password`.
    pub secret: &'static str,
    /// The option to give instead, such as `--password-file FILE`.
    pub instead: &'static str,
}

/// A value that cannot be given.
#[derive(Clone, Copy, Debug)]
pub enum Refused {}

impl TypedValueParser for SecretInArguments {
    type Value = Refused;

    fn parse_ref(&self, command: &Command, _: Option<&Arg>, _: &OsStr) -> Result<Refused, clap::Error> {
        let Self { secret, instead } = self;
        let message = format!("a {secret} in the arguments is visible to every user of this host; give {instead}");
        Err(command.clone().error(ErrorKind::ValueValidation, message))
    }
}
