//! The server as a whole: which databases and roles there are, and how a session begins.

use super::backend::Backend;
use super::cluster::Cluster;
use super::settings::Settings;
use crate::engine::SqlError;
use crate::environment::Environment;
use pgconform_wire::profile::roles::Role;

/// The databases that `initdb` makes.
const DATABASES: [&str; 3] = ["postgres", "template0", "template1"];

/// The roles that every server has.
const PREDEFINED: [&str; 16] = [
    "pg_checkpoint",
    "pg_create_subscription",
    "pg_database_owner",
    "pg_execute_server_program",
    "pg_maintain",
    "pg_monitor",
    "pg_read_all_data",
    "pg_read_all_settings",
    "pg_read_all_stats",
    "pg_read_server_files",
    "pg_signal_autovacuum_worker",
    "pg_signal_backend",
    "pg_stat_scan_tables",
    "pg_use_reserved_connections",
    "pg_write_all_data",
    "pg_write_server_files",
];

/// A PostgreSQL server.
#[derive(Debug)]
pub(crate) struct Server(Cluster);

impl Server {
    /// A fresh server with these roles.
    pub(crate) fn new(roles: &[Role]) -> Self {
        let own = roles.iter().map(|role| (role.name.clone(), role.superuser));
        let roles = PREDEFINED.iter().map(|name| ((*name).to_owned(), false)).chain(own).collect();
        Self(Cluster::new(&DATABASES, roles))
    }

    /// A session of `user` in `database`, with these parameters of its startup packet.
    pub(crate) fn connect(
        &self,
        user: &str,
        database: &str,
        parameters: &[(String, String)],
        environment: &Environment,
    ) -> Result<Backend, SqlError> {
        let settings = {
            let inner = self.0.lock();
            if !inner.databases.contains_key(database) {
                return Err(SqlError::fatal("3D000", format!("database \"{database}\" does not exist")));
            }
            if database == "template0" {
                let why = "database \"template0\" is not currently accepting connections";
                return Err(SqlError::fatal("55000", why));
            }
            let roles = |name: &str| inner.state.roles.get(name).copied();
            Settings::from_startup(user, parameters, &roles)?
        };
        Ok(Backend::new(self.0.clone(), user, database, settings, environment))
    }
}
