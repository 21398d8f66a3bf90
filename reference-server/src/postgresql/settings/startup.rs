//! What a session begins with: the parameters of its startup packet.

use super::{Effect, Place, Roles, Settings, check, on_or_off, table};
use crate::engine::{Severity, SqlError};

impl Settings {
    /// The parameters of a session of this user, as the startup packet sets them one after the other.
    pub(crate) fn from_startup(
        user: &str,
        parameters: &[(String, String)],
        roles: Roles<'_>,
    ) -> Result<Self, SqlError> {
        let mut settings = Self::default();
        settings.start.insert("session_authorization".to_owned(), user.to_owned());
        settings.start.insert("is_superuser".to_owned(), on_or_off(roles(user) == Some(true)).to_owned());
        let mut begin =
            || parameters.iter().try_for_each(|(name, value)| settings.start_with(name, value, roles));
        begin().map_err(|error| SqlError { severity: Severity::Fatal, ..error })?;
        settings.touched.clear();
        Ok(settings)
    }

    /// Sets what RESET will go back to.
    fn start_with(&mut self, name: &str, value: &str, roles: Roles<'_>) -> Result<(), SqlError> {
        let Some(row) = table::find(name) else {
            check::custom_name(name)?;
            self.custom.insert(name.to_ascii_lowercase());
            self.put(&name.to_ascii_lowercase(), value.to_owned(), Place::Start);
            return Ok(());
        };
        self.permitted(row, Place::Start)?;
        let value = self.checked(row, value)?;
        match row.name {
            "role" | "session_authorization" => self.set_user(row.name, &value, Place::Start, roles),
            // They hold for one transaction, and there is none.
            "transaction_isolation" | "transaction_read_only" | "transaction_deferrable" | "seed" => Ok(()),
            name => {
                self.put(name, value, Place::Start);
                Ok(())
            }
        }
    }

    /// What a transaction that begins now is like.
    pub(crate) fn transaction_defaults(&self) -> [Effect; 3] {
        [
            Effect::Isolation(super::isolation(self.get("default_transaction_isolation"))),
            Effect::ReadOnly(self.get("default_transaction_read_only") == "on"),
            Effect::Deferrable(self.get("default_transaction_deferrable") == "on"),
        ]
    }
}
