//! The statements that a node is asked, and its rows.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use common::{Deadline, Panicked, contain};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Error, Row};

use super::failure;
use crate::snapshot::facts::{EQUAL_SETTINGS, Facts, Rows, STATUS, VARIABLES};
use crate::snapshot::{FailureKind, Outcome};

/// The most rows of an answer; some ninety are asked for.
const ROW_LIMIT: usize = 200;

/// Both in one packet, so that both are of one moment.
static QUESTION: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SHOW GLOBAL STATUS WHERE Variable_name IN ('{}');SHOW GLOBAL VARIABLES WHERE Variable_name IN ('{}','{}')",
        STATUS.join("','"),
        VARIABLES.join("','"),
        EQUAL_SETTINGS.join("','")
    )
});

/// A node that did not answer what it was asked.
pub(super) struct ReadFailure {
    pub(super) outcome: Outcome,
    /// Whether the connection is in order all the same.
    pub(super) is_usable: bool,
}

/// Reads the variables, the first time on a connection.
pub(super) async fn read(connection: &mut Conn, deadline: Deadline) -> Result<Facts, ReadFailure> {
    let rows = bounded(deadline, async {
        // SET is never gated; a SHOW under a global wsrep_sync_wait is. A server without Galera does not know it (1193).
        match connection.query_drop("SET SESSION wsrep_sync_wait=0").await {
            Err(Error::Server(error)) if error.code == 1193 => {}
            result => result?,
        }
        show(connection).await
    });
    rows.await.map(Facts::new)
}

/// Reads the variables once more.
pub(super) async fn again(connection: &mut Conn, deadline: Deadline) -> Result<Facts, ReadFailure> {
    bounded(deadline, show(connection)).await.map(Facts::new)
}

async fn bounded(deadline: Deadline, asking: impl Future<Output = Result<Rows, Error>>) -> Result<Rows, ReadFailure> {
    match deadline.bound(contain(asking)).await {
        Ok(Ok(Ok(rows))) => Ok(rows),
        Ok(Err(Panicked)) => Err(ReadFailure { outcome: failure::of_driver_panic(), is_usable: false }),
        Ok(Ok(Err(error))) => {
            let is_usable = matches!(error, Error::Server(_));
            Err(ReadFailure { outcome: failure::of_error(&error, None), is_usable })
        }
        Err(_) => {
            let outcome = Outcome::failed(FailureKind::Silent, "logged in, but status was not answered");
            Err(ReadFailure { outcome, is_usable: false })
        }
    }
}

async fn show(connection: &mut Conn) -> Result<Rows, Error> {
    let mut result = connection.query_iter(QUESTION.as_str()).await?;
    let (mut rows, mut count) = (BTreeMap::new(), 0);
    // The first result set may be empty; after the last there is none.
    while !result.is_empty() {
        while let Some(row) = result.next().await? {
            count += 1;
            if count > ROW_LIMIT {
                return Err(Error::Other("endless answer".into()));
            }
            rows.extend(pair(&row));
        }
    }
    drop(result);
    Ok(rows.into_iter().collect())
}

fn pair(row: &Row) -> Option<(String, String)> {
    let text = |column| match row.as_ref(column)? {
        mysql_async::Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    };
    let name = text(0).filter(|name| is_asked(name))?;
    Some((name.to_ascii_lowercase(), text(1)?))
}

/// Rows that were not asked for are not kept: a server may send any number.
fn is_asked(name: &str) -> bool {
    let asked = STATUS.iter().chain(&VARIABLES).chain(&EQUAL_SETTINGS);
    asked.into_iter().any(|asked| asked.eq_ignore_ascii_case(name))
}
