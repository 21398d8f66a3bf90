//! The password, which is a token, and what follows when it is right.

use super::ready::Ready;
use super::startup::Request;
use super::{Session, State};
use crate::engine::SqlError;
use crate::fault::Fault;
use pgconform_wire::message::{AuthenticationOk, BackendKeyData, ParameterStatus};
use pgconform_wire::profile::claims;
use pgconform_wire::{Frontend, Kind, Text};

impl Session {
    pub(super) fn password(&mut self, frame: &[u8]) {
        self.out.received(Kind::PasswordMessage);
        let State::Authenticating(request) = std::mem::replace(&mut self.state, State::Startup) else {
            return;
        };
        let Ok(Frontend::PasswordMessage(password)) = Frontend::decode(Kind::PasswordMessage, frame) else {
            return self.fail(SqlError::fatal("08P01", "invalid password packet"));
        };
        // What is wrong with a token is told by kind alone: the token itself is a secret.
        let now = self.environment.clock.now();
        let checked = self.server.authority.check(&password.password.lossy(), now);
        let caller = match checked {
            Ok(caller) => caller,
            Err(_) if self.server.faults.has(Fault::AnyPasswordAccepted) => self.server.authority.owner(),
            Err(refusal) => return self.fail(SqlError::fatal("28P01", format!("Invalid token: {refusal}"))),
        };
        let Some(engine) = self.server.open(&request.database, caller, &self.environment) else {
            let message = format!("database \"{}\" does not exist", request.database);
            return self.fail(SqlError::fatal("3D000", message));
        };
        self.out.send(AuthenticationOk);
        self.report_parameters(&request);
        if self.server.claims.claims(claims::BackendKeyData::Sent) {
            let key = self.environment.key.clone();
            self.out.send(BackendKeyData { process: self.environment.process, key: Text(&key) });
        }
        self.state = State::Ready(Ready::new(engine));
        self.ready_for_query();
    }

    pub(super) fn oversized_password(&mut self) {
        self.fail(SqlError::fatal("28P01", "Invalid token: it is too long"));
    }

    fn report_parameters(&mut self, request: &Request) {
        let asked = [
            ("session_authorization", request.user.as_deref()),
            ("application_name", request.application_name.as_deref()),
        ];
        let told = self.server.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let asked = asked.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
        for (name, value) in told.chain(asked) {
            self.out.send(ParameterStatus { name: name.into(), value: value.into() });
        }
    }
}
