//! The server as a whole: which databases and roles there are, and how a session begins.

use super::backend::Backend;
use super::cluster::Cluster;
use super::settings::Settings;
use crate::engine::SqlError;
use crate::environment::Environment;
use pgconform_wire::profile::roles::Role;

/// The databases that `initdb` makes.
const DATABASES: [&str; 3] = ["postgres", "template0", "template1"];

/// A PostgreSQL server.
#[derive(Debug)]
pub(crate) struct Server(Cluster);

impl Server {
    /// A fresh server with these roles.
    pub(crate) fn new(roles: &[Role]) -> Self {
        let roles = roles.iter().map(|role| (role.name.clone(), role.superuser)).collect();
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
