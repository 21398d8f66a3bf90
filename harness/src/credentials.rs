//! What the `@names` of a case stand for: whom the run logs in as, and the statements of the profile.

use crate::case::Inputs;
use pgconform_wire::profile::Profile;
use pgconform_wire::profile::roles::HbaMethod;
use std::collections::BTreeMap;
use std::fmt;

/// The inputs of a run: `user`, `database`, `password`, `password.NAME`, `sql.NAME`; `user.cleartext`, who is asked for a
/// password in clear, and `password.cleartext`; for a real client `address`; once a session has begun, `backend.process` and `backend.key`.
#[derive(Clone, Default)]
pub struct Credentials(BTreeMap<String, Vec<u8>>);

impl Credentials {
    /// What a profile says: user, database and statements.
    pub fn of(profile: &Profile) -> Self {
        let mut all = Self::default();
        all.set("user", profile.login.user.as_str());
        all.set("database", profile.login.database.as_str());
        for role in &profile.roles {
            if let Some(password) = &role.password {
                all.set(&format!("password.{}", role.name), password.as_str());
            }
        }
        let cleartext = profile.hba.iter().filter(|entry| entry.method == HbaMethod::Password);
        let mut asked =
            cleartext.filter_map(|entry| profile.roles.iter().find(|role| role.name == entry.user));
        if let Some(role) = asked.next() {
            all.set("user.cleartext", role.name.as_str());
            all.set("password.cleartext", role.password.clone().unwrap_or_default());
        }
        for (name, sql) in &profile.sql {
            all.set(&format!("sql.{name}"), sql.as_str());
        }
        all
    }

    /// Sets an input.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// An input as text; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        self.0.get(name).map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    }

    /// Every password that is long enough to be told from a word: for checks that none of them shows up anywhere.
    pub fn passwords(&self) -> Vec<String> {
        let passwords =
            self.0.iter().filter(|(name, value)| name.starts_with("password") && value.len() > 12);
        passwords.map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// Whether there is such an input.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl Inputs for Credentials {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let otherwise = || match name {
            // Where the profile has no role for it, it is the login that is asked.
            "user.cleartext" => self.0.get("user"),
            "password.cleartext" => self.0.get("password"),
            _ => None,
        };
        self.0.get(name).or_else(otherwise).cloned()
    }
}

/// Names only: the values are secrets.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
