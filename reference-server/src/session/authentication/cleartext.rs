//! A password in clear.

use super::super::Session;
use super::super::startup::Request;
use super::{Method, wrong_password};
use crate::engine::SqlError;
use crate::fault::Fault;
use pgconform_wire::message::AuthenticationCleartextPassword;

impl Session {
    pub(super) fn ask_for_password(&mut self) -> Method {
        self.out.send(AuthenticationCleartextPassword);
        Method::Cleartext
    }

    pub(super) fn password(&mut self, request: Request, frame: &[u8]) {
        let password = match content(frame) {
            Ok(password) => password,
            Err(error) => return self.fail(error),
        };
        let user = request.user();
        let secret = self.server.access.secret(user, self.environment.random);
        let right = matches!(secret, Ok(Some(secret)) if secret.is_of(password, user));
        if right || self.server.faults.has(Fault::AnyPasswordAccepted) {
            self.authenticated(request);
        } else {
            self.fail(wrong_password(user));
        }
    }
}

/// The one string that a password message holds.
pub(super) fn content(frame: &[u8]) -> Result<&[u8], SqlError> {
    match frame[5..].split_last() {
        Some((0, [])) => Err(SqlError::fatal("28P01", "empty password returned by client")),
        Some((0, password)) if !password.contains(&0) => Ok(password),
        _ => Err(SqlError::fatal("08P01", "invalid password packet size")),
    }
}
