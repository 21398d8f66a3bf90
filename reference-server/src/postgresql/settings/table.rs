//! The parameters of PostgreSQL 18 that this server knows, as `pg_settings` shows them on a fresh cluster.

/// A parameter.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Its value in a fresh cluster.
    pub(crate) default: &'static str,
    pub(crate) context: Context,
    pub(crate) kind: Kind,
}

/// Who may set a parameter, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// Everybody.
    User,
    /// Superusers.
    Superuser,
    /// Only the startup packet.
    Start,
    /// Nobody, while the server runs.
    Server,
    /// Nobody.
    Internal,
}

/// What values a parameter can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Bool,
    /// In this unit (empty: none) if the value names none.
    Integer {
        least: i64,
        most: i64,
        unit: &'static str,
    },
    /// In this unit if the value names none.
    Real {
        least: f64,
        most: f64,
        unit: &'static str,
    },
    Enum(&'static [&'static str]),
    Text,
}

const fn row(name: &'static str, default: &'static str, context: Context, kind: Kind) -> Row {
    Row { name, default, context, kind }
}

/// The parameters, by name.
#[rustfmt::skip]
pub(crate) const ALL: &[Row] = &[
    row("allow_system_table_mods", "off", Context::Superuser, Kind::Bool),
    row("application_name", "", Context::User, Kind::Text),
    row("array_nulls", "on", Context::User, Kind::Bool),
    row("backslash_quote", "safe_encoding", Context::User, Kind::Enum(&["safe_encoding", "on", "off"])),
    row("block_size", "8192", Context::Internal, Kind::Integer { least: 8192, most: 8192, unit: "" }),
    row("bytea_output", "hex", Context::User, Kind::Enum(&["escape", "hex"])),
    row("check_function_bodies", "on", Context::User, Kind::Bool),
    row("client_connection_check_interval", "0", Context::User, Kind::Integer { least: 0, most: 2147483647, unit: "ms" }),
    row("client_encoding", "UTF8", Context::User, Kind::Text),
    row("client_min_messages", "notice", Context::User, Kind::Enum(&["debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error"])),
    row("constraint_exclusion", "partition", Context::User, Kind::Enum(&["partition", "on", "off"])),
    row("cursor_tuple_fraction", "0.1", Context::User, Kind::Real { least: 0.0, most: 1.0, unit: "" }),
    row("data_checksums", "on", Context::Internal, Kind::Bool),
    row("DateStyle", "ISO, MDY", Context::User, Kind::Text),
    row("debug_assertions", "off", Context::Internal, Kind::Bool),
    row("debug_parallel_query", "off", Context::User, Kind::Enum(&["off", "on", "regress"])),
    row("default_table_access_method", "heap", Context::User, Kind::Text),
    row("default_tablespace", "", Context::User, Kind::Text),
    row("default_text_search_config", "pg_catalog.english", Context::User, Kind::Text),
    row("default_toast_compression", "pglz", Context::User, Kind::Enum(&["pglz"])),
    row("default_transaction_deferrable", "off", Context::User, Kind::Bool),
    row("default_transaction_isolation", "read committed", Context::User, Kind::Enum(&["serializable", "repeatable read", "read committed", "read uncommitted"])),
    row("default_transaction_read_only", "off", Context::User, Kind::Bool),
    row("effective_cache_size", "524288", Context::User, Kind::Integer { least: 1, most: 2147483647, unit: "8kB" }),
    row("enable_hashjoin", "on", Context::User, Kind::Bool),
    row("enable_indexscan", "on", Context::User, Kind::Bool),
    row("enable_mergejoin", "on", Context::User, Kind::Bool),
    row("enable_nestloop", "on", Context::User, Kind::Bool),
    row("enable_seqscan", "on", Context::User, Kind::Bool),
    row("escape_string_warning", "on", Context::User, Kind::Bool),
    row("extra_float_digits", "1", Context::User, Kind::Integer { least: -15, most: 3, unit: "" }),
    row("geqo", "on", Context::User, Kind::Bool),
    row("gin_fuzzy_search_limit", "0", Context::User, Kind::Integer { least: 0, most: 2147483647, unit: "" }),
    row("hot_standby", "on", Context::Server, Kind::Bool),
    row("idle_in_transaction_session_timeout", "0", Context::User, Kind::Integer { least: 0, most: 2147483647, unit: "ms" }),
    row("idle_session_timeout", "0", Context::User, Kind::Integer { least: 0, most: 2147483647, unit: "ms" }),
    row("ignore_system_indexes", "off", Context::Start, Kind::Bool),
    row("in_hot_standby", "off", Context::Internal, Kind::Bool),
    row("integer_datetimes", "on", Context::Internal, Kind::Bool),
    row("IntervalStyle", "postgres", Context::User, Kind::Enum(&["postgres", "postgres_verbose", "sql_standard", "iso_8601"])),
    row("is_superuser", "on", Context::Internal, Kind::Bool),
    row("jit", "on", Context::User, Kind::Bool),
    row("lc_messages", "C.UTF-8", Context::Superuser, Kind::Text),
    row("lc_monetary", "C.UTF-8", Context::User, Kind::Text),
    row("lc_numeric", "C.UTF-8", Context::User, Kind::Text),
    row("lc_time", "C.UTF-8", Context::User, Kind::Text),
    row("listen_addresses", "127.0.0.1", Context::Server, Kind::Text),
    row("lo_compat_privileges", "off", Context::Superuser, Kind::Bool),
    row("lock_timeout", "0", Context::User, Kind::Integer { least: 0, most: 2147483647, unit: "ms" }),
    row("log_duration", "off", Context::Superuser, Kind::Bool),
    row("log_min_duration_statement", "-1", Context::Superuser, Kind::Integer { least: -1, most: 2147483647, unit: "ms" }),
    row("log_min_messages", "warning", Context::Superuser, Kind::Enum(&["debug5", "debug4", "debug3", "debug2", "debug1", "info", "notice", "warning", "error", "log", "fatal", "panic"])),
    row("log_statement", "none", Context::Superuser, Kind::Enum(&["none", "ddl", "mod", "all"])),
    row("log_statement_stats", "off", Context::Superuser, Kind::Bool),
    row("maintenance_work_mem", "65536", Context::User, Kind::Integer { least: 64, most: 2147483647, unit: "kB" }),
    row("max_connections", "100", Context::Server, Kind::Integer { least: 1, most: 262143, unit: "" }),
    row("max_identifier_length", "63", Context::Internal, Kind::Integer { least: 63, most: 63, unit: "" }),
    row("max_parallel_workers_per_gather", "2", Context::User, Kind::Integer { least: 0, most: 1024, unit: "" }),
    row("max_prepared_transactions", "0", Context::Server, Kind::Integer { least: 0, most: 262143, unit: "" }),
    row("password_encryption", "scram-sha-256", Context::User, Kind::Enum(&["md5", "scram-sha-256"])),
    row("plan_cache_mode", "auto", Context::User, Kind::Enum(&["auto", "force_generic_plan", "force_custom_plan"])),
    row("port", "5432", Context::Server, Kind::Integer { least: 1, most: 65535, unit: "" }),
    row("quote_all_identifiers", "off", Context::User, Kind::Bool),
    row("random_page_cost", "4", Context::User, Kind::Real { least: 0.0, most: 1.79769e+308, unit: "" }),
    row("role", "none", Context::User, Kind::Text),
    row("row_security", "on", Context::User, Kind::Bool),
    row("scram_iterations", "4096", Context::User, Kind::Integer { least: 1, most: 2147483647, unit: "" }),
    row("search_path", r#""$user", public"#, Context::User, Kind::Text),
    row("segment_size", "131072", Context::Internal, Kind::Integer { least: 131072, most: 131072, unit: "8kB" }),
    row("seq_page_cost", "1", Context::User, Kind::Real { least: 0.0, most: 1.79769e+308, unit: "" }),
    row("server_encoding", "UTF8", Context::Internal, Kind::Text),
    row("server_version", "18.4", Context::Internal, Kind::Text),
    row("server_version_num", "180004", Context::Internal, Kind::Integer { least: 180004, most: 180004, unit: "" }),
    row("session_authorization", "", Context::User, Kind::Text),
    row("session_preload_libraries", "", Context::Superuser, Kind::Text),
    row("session_replication_role", "origin", Context::Superuser, Kind::Enum(&["origin", "replica", "local"])),
    row("ssl", "off", Context::Server, Kind::Bool),
    row("standard_conforming_strings", "on", Context::User, Kind::Bool),
    row("statement_timeout", "0", Context::User, Kind::Integer { least: 0, most: 2147483647, unit: "ms" }),
    row("synchronize_seqscans", "on", Context::User, Kind::Bool),
    row("synchronous_commit", "on", Context::User, Kind::Enum(&["local", "remote_write", "remote_apply", "on", "off"])),
    row("tcp_keepalives_idle", "7200", Context::User, Kind::Integer { least: 0, most: 2147483647, unit: "s" }),
    row("temp_tablespaces", "", Context::User, Kind::Text),
    row("TimeZone", "Etc/UTC", Context::User, Kind::Text),
    row("timezone_abbreviations", "Default", Context::User, Kind::Text),
    row("transaction_deferrable", "off", Context::User, Kind::Bool),
    row("transaction_isolation", "read committed", Context::User, Kind::Enum(&["serializable", "repeatable read", "read committed", "read uncommitted"])),
    row("transaction_read_only", "off", Context::User, Kind::Bool),
    row("transaction_timeout", "0", Context::User, Kind::Integer { least: 0, most: 2147483647, unit: "ms" }),
    row("transform_null_equals", "off", Context::User, Kind::Bool),
    row("vacuum_cost_delay", "0", Context::User, Kind::Real { least: 0.0, most: 100.0, unit: "ms" }),
    row("wal_block_size", "8192", Context::Internal, Kind::Integer { least: 8192, most: 8192, unit: "" }),
    row("wal_level", "replica", Context::Server, Kind::Enum(&["minimal", "replica", "logical"])),
    row("work_mem", "4096", Context::User, Kind::Integer { least: 64, most: 2147483647, unit: "kB" }),
    row("xmlbinary", "base64", Context::User, Kind::Enum(&["base64", "hex"])),
    row("xmloption", "content", Context::User, Kind::Enum(&["content", "document"])),
    row("zero_damaged_pages", "off", Context::Superuser, Kind::Bool),
];

/// The parameter of this name; its case does not matter.
pub(crate) fn find(name: &str) -> Option<&'static Row> {
    ALL.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// What a session is told of at its start and whenever it changes, in the order in which PostgreSQL 18 tells it at first.
pub(crate) const REPORTED: [&str; 15] = [
    "in_hot_standby",
    "integer_datetimes",
    "TimeZone",
    "IntervalStyle",
    "search_path",
    "is_superuser",
    "application_name",
    "default_transaction_read_only",
    "scram_iterations",
    "DateStyle",
    "standard_conforming_strings",
    "session_authorization",
    "client_encoding",
    "server_version",
    "server_encoding",
];
