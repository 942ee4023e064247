//! Judgements of what name servers answer.

mod agreement;
mod answers_table;
mod check;
mod clients;
mod end_of_search;
mod external_servers;
mod findings;
mod first_line;
mod hostile;
mod measures;
mod names;
mod own_side;
mod properties;
mod signatures;
mod transports;
