//! A login that was denied.

/// Why a node did not let the check log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) kind: DenialKind,
    /// The server's message and code, for output.
    pub(crate) reason: String,
    /// Whether the connection was encrypted.
    pub(crate) encrypted: bool,
}

/// The kind of a denial. Denials of one kind have one remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DenialKind {
    /// Wrong user or password, or a condition of the account, such as TLS, is not met.
    Account,
    /// The server blocks this host after too many broken connections (1129).
    HostBlocked,
    /// No account is for this host (1130).
    HostNotAllowed,
    /// The account is locked.
    Locked,
    /// The password has expired.
    Expired,
    /// The account is for a user of the server's own system (`unix_socket`).
    SystemUser,
    /// One side does not know the other's authentication plugin.
    Plugin,
    /// A limit of this account alone: others get in.
    Limit,
    /// The server lets nobody in without TLS.
    TlsRequired,
}

impl DenialKind {
    /// The kind by the code of the server's error; `None` where the error is not about the login. The codes are those of
    /// MariaDB 10.11's `errmsg-utf8.txt` and MySQL 8.0's.
    pub(crate) fn of_code(code: u16) -> Option<Self> {
        Some(match code {
            1044 | 1045 => Self::Account,
            1129 => Self::HostBlocked,
            1130 => Self::HostNotAllowed,
            3118 | 3955 | 4151 => Self::Locked,
            1820 | 1862 => Self::Expired,
            1698 => Self::SystemUser,
            1251 | 1524 => Self::Plugin,
            1203 | 1226 => Self::Limit,
            3159 => Self::TlsRequired,
            _ => return None,
        })
    }
}
