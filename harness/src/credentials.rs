//! What the `@names` of a case stand for: whom the run logs in as, and the statements of the profile.

use crate::case::Inputs;
use pgconform_wire::profile::Profile;
use std::collections::BTreeMap;
use std::fmt;

/// The inputs of a run: `user`, `database`, `password`, `password.NAME`, `sql.NAME`.
#[derive(Clone, Default)]
pub struct Credentials(BTreeMap<String, Vec<u8>>);

impl Credentials {
    /// What a profile says: user, database and statements.
    pub fn of(profile: &Profile) -> Self {
        let mut all = Self::default();
        all.set("user", &profile.login.user);
        all.set("database", &profile.login.database);
        for (name, sql) in &profile.sql {
            all.set(&format!("sql.{name}"), sql);
        }
        all
    }

    /// Sets an input.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.as_bytes().to_vec());
    }

    /// An input as text; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        self.0.get(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    }

    /// Whether there is such an input.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl Inputs for Credentials {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        self.0.get(name).cloned()
    }
}

/// Names only: the values are secrets.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
