//! What a server can claim: a closed vocabulary, so that a misspelt claim is an error and not a silent "no".
//!
//! A new capability is its `capability!` block; a new value is a line in one.

use std::collections::BTreeMap;

/// A capability: a name and the values it can have.
pub trait Capability: Copy + PartialEq + 'static {
    /// Its name in profiles and in `needs` lines.
    const NAME: &'static str;
    /// Whether a server may claim several values.
    const MANY: bool;
    /// What it is about.
    const ABOUT: &'static str;
    /// Its values and their names.
    const VALUES: &'static [(&'static str, Self)];
}

macro_rules! capabilities {
    ($($arity:ident $(#[doc = $about:literal])+ $type:ident = $name:literal { $($(#[$doc:meta])* $variant:ident = $value:literal,)* })*) => {
        $(
            $(#[doc = $about])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
            pub enum $type { $($(#[$doc])* $variant,)* }

            impl Capability for $type {
                const NAME: &'static str = $name;
                const MANY: bool = matches!(stringify!($arity).as_bytes(), b"many");
                const ABOUT: &'static str = concat!($($about),+);
                const VALUES: &'static [(&'static str, Self)] = &[$(($value, Self::$variant),)*];
            }
        )*

        /// Every capability: the vocabulary of profiles and of `needs` lines.
        pub const VOCABULARY: &[Entry] = &[$(Entry {
            name: $name,
            many: matches!(stringify!($arity).as_bytes(), b"many"),
            about: concat!($($about),+),
            values: &[$($value,)*],
        },)*];
    };
}

/// An entry of the vocabulary.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The capability's name.
    pub name: &'static str,
    /// Whether a server may claim several values.
    pub many: bool,
    /// What it is about.
    pub about: &'static str,
    /// The values it can have.
    pub values: &'static [&'static str],
}

capabilities! {
    one /// Whose SQL, catalog and messages the server has.
    Dialect = "dialect" {
        /// PostgreSQL's.
        PostgreSql = "postgresql",
        /// SpacetimeDB's.
        SpacetimeDb = "spacetimedb",
        /// CrateDB's.
        CrateDb = "cratedb",
        /// Another one: only cases that need no particular SQL apply.
        Other = "other",
    }
    many /// Protocol versions spoken.
    Protocol = "protocol" {
        /// 3.0.
        V3_0 = "3.0",
        /// 3.2.
        V3_2 = "3.2",
    }
    one /// The answer to SSLRequest.
    Tls = "tls" {
        /// `N`; the session goes on in plain text.
        Refused = "refused",
        /// `S`; plain text is served as well.
        Offered = "offered",
        /// `S`; plain text is refused.
        Required = "required",
    }
    one /// TLS without an SSLRequest before it (PostgreSQL 17 and later).
    DirectTls = "direct-tls" {
        /// Refused.
        Refused = "refused",
        /// Accepted, with the ALPN protocol `postgresql`.
        Accepted = "accepted",
    }
    one /// The answer to GSSENCRequest.
    Gss = "gss" {
        /// `N`; the session goes on in plain text, or in TLS.
        Refused = "refused",
        /// `G`.
        Offered = "offered",
    }
    many /// How a frontend can be asked to prove who it is.
    Auth = "auth" {
        /// Not at all.
        Trust = "trust",
        /// By a password in clear.
        Cleartext = "cleartext",
        /// By a signed token in the password's place.
        Token = "token",
        /// By an MD5 hash.
        Md5 = "md5",
        /// By SCRAM-SHA-256.
        Scram = "scram-sha-256",
        /// By SCRAM-SHA-256-PLUS.
        ScramPlus = "scram-sha-256-plus",
        /// By a client certificate.
        Cert = "cert",
    }
    one /// What the `user` startup parameter means.
    User = "user" {
        /// A role that must exist.
        Role = "role",
        /// Nothing: any string will do.
        Ignored = "ignored",
    }
    one /// What the `database` startup parameter means.
    Database = "database" {
        /// A database that must exist; the user name where it is absent.
        DefaultsToUser = "defaults-to-user",
        /// A database that must exist and must be named.
        Required = "required",
        /// The default schema, which need not exist; one of the server's where it is absent.
        Schema = "schema",
    }
    one /// Query strings of several statements.
    MultiStatement = "multi-statement" {
        /// Run one after the other.
        Full = "full",
        /// Refused by an error.
        Rejected = "rejected",
    }
    one /// The extended query protocol.
    ExtendedQuery = "extended-query" {
        /// Served.
        Full = "full",
        /// Served, execution put off until Sync.
        Deferred = "deferred",
        /// Refused by an error; the session survives at Sync.
        Rejected = "rejected",
    }
    one /// ParameterDescription, where a prepared statement is described.
    ParameterDescription = "parameter-description" {
        /// Sent for every statement.
        Full = "full",
        /// Not sent for statements that define something: NoData is all that is said of them.
        ExceptDefinitions = "except-definitions",
    }
    one /// Transaction blocks: BEGIN, COMMIT, ROLLBACK.
    Transactions = "transactions" {
        /// Served.
        Full = "full",
        /// Accepted and ignored.
        Ignored = "ignored",
        /// Refused by an error.
        Rejected = "rejected",
    }
    one /// BackendKeyData at the start of a session.
    BackendKeyData = "backend-key-data" {
        /// Sent.
        Sent = "sent",
        /// Not sent.
        Absent = "absent",
    }
    one /// CancelRequest.
    Cancel = "cancel" {
        /// Stops the statement.
        Honoured = "honoured",
        /// Has no effect, and no answer either.
        Ignored = "ignored",
    }
    one /// COPY and its sub-protocol.
    CopyProtocol = "copy" {
        /// Served.
        Full = "full",
        /// Refused by an error.
        Rejected = "rejected",
    }
    one /// FunctionCall.
    FunctionCall = "function-call" {
        /// Served.
        Full = "full",
        /// Refused by an error.
        Rejected = "rejected",
    }
    one /// LISTEN, NOTIFY and NotificationResponse.
    Notifications = "notifications" {
        /// Served.
        Full = "full",
        /// Refused by an error.
        Rejected = "rejected",
    }
    many /// What the server was given beforehand: data sets in the database named by the login, roles.
    Fixture = "fixture" {
        /// SpacetimeDB's quickstart-chat: the tables `message` and `user`.
        QuickstartChat = "quickstart-chat",
        /// One table per SpacetimeDB type, in a database named `types`.
        SpacetimeTypes = "spacetimedb-types",
        /// The profile's `[[roles]]` and `[[hba]]`; client certificates are those of the harness.
        Roles = "roles",
        /// Who has not begun a session within a few seconds is let go.
        AuthenticationTimeout = "authentication-timeout",
    }
}

/// What one server claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims(pub(super) BTreeMap<&'static str, Vec<&'static str>>);

impl Claims {
    /// Whether `value` is claimed of `name`.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.0.get(name).is_some_and(|values| values.contains(&value))
    }

    /// The names of the values claimed of `name`.
    pub fn values(&self, name: &str) -> &[&'static str] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Every value claimed of a capability.
    pub fn all<C: Capability>(&self) -> Vec<C> {
        let named = |name: &&str| C::VALUES.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
        self.values(C::NAME).iter().filter_map(named).collect()
    }

    /// Whether this value is claimed.
    pub fn claims<C: Capability>(&self, value: C) -> bool {
        self.all::<C>().contains(&value)
    }
}

/// The vocabulary's entry for `name`.
pub fn entry(name: &str) -> Option<&'static Entry> {
    VOCABULARY.iter().find(|entry| entry.name == name)
}
