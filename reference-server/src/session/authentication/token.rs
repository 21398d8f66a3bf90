//! A signed token in the place of a password in clear. Users mean nothing: who the frontend is, its token says.

use super::super::Session;
use super::super::startup::Request;
use super::Method;
use crate::engine::SqlError;
use crate::fault::Fault;
use crate::server::Caller;
use pgconform_wire::message::{AuthenticationCleartextPassword, AuthenticationOk};
use pgconform_wire::{Frontend, Kind};

impl Session {
    pub(super) fn ask_for_token(&mut self) -> Method {
        self.out.send(AuthenticationCleartextPassword);
        Method::Token
    }

    pub(super) fn token(&mut self, request: Request, frame: &[u8]) {
        let Ok(Frontend::PasswordMessage(password)) = Frontend::decode(Kind::PasswordMessage, frame) else {
            return self.fail(SqlError::fatal("08P01", "invalid password packet"));
        };
        // What is wrong with a token is told by kind alone: the token itself is a secret.
        let now = self.environment.clock.now();
        let identity = match self.server.authority.check(&password.password.lossy(), now) {
            Ok(identity) => identity,
            Err(_) if self.server.faults.has(Fault::AnyPasswordAccepted) => self.server.authority.owner(),
            Err(refusal) => return self.fail(SqlError::fatal("28P01", format!("Invalid token: {refusal}"))),
        };
        match self.server.open(&request, Caller::Token(identity), &self.environment) {
            Ok(engine) => {
                self.out.send(AuthenticationOk);
                self.begin(&request, engine);
            }
            Err(error) => self.fail(error),
        }
    }
}
