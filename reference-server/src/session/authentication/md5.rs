//! An MD5 hash of the password, the user and a salt.

use super::super::Session;
use super::super::startup::Request;
use super::cleartext::content;
use super::{Method, wrong_password};
use crate::access::{Secret, equal, md5_hex};
use crate::fault::Fault;
use pgconform_wire::message::AuthenticationMD5Password;
use ring::error::Unspecified;

impl Session {
    /// Where no MD5 hash of the password is kept, PostgreSQL asks for SCRAM instead.
    pub(super) fn ask_for_md5(&mut self, user: &str) -> Result<Method, Unspecified> {
        let random = self.environment.random;
        if !matches!(self.server.access.secret(user, random)?, Some(Secret::Md5(_))) {
            return self.ask_for_scram(user);
        }
        let salt = match self.server.faults.has(Fault::Md5SaltRepeats) {
            true => *b"salt",
            false => random.bytes("MD5 salt")?,
        };
        self.out.send(AuthenticationMD5Password { salt });
        Ok(Method::Md5(salt))
    }

    pub(super) fn md5(&mut self, request: Request, salt: [u8; 4], frame: &[u8]) {
        let answer = match content(frame) {
            Ok(answer) => answer,
            Err(error) => return self.fail(error),
        };
        let user = request.user();
        let right = match self.server.access.secret(user, self.environment.random) {
            Ok(Some(Secret::Md5(hash))) => {
                equal(answer, format!("md5{}", md5_hex(&[hash.as_bytes(), &salt])).as_bytes())
            }
            _ => false,
        };
        if right || self.server.faults.has(Fault::AnyPasswordAccepted) {
            self.authenticated(request);
        } else {
            self.fail(wrong_password(user));
        }
    }
}
