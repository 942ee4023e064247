//! Verdicts on what name servers say.

mod agreement;
mod clients;
mod findings;
mod first_line;
mod hostile;
mod matrix;
mod measures;
mod names;
mod outside;
mod own_side;
mod properties;
mod scene;
mod signatures;
mod stops;
mod transports;
