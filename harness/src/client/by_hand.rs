//! What a case that authenticates by hand cannot write down: answers that depend on the server's salt or nonce. They are
//! the inputs `@md5.answer` and `@scram...` from the moment the server has asked.

use crate::case::Inputs;
use crate::credentials::Credentials;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pgconform_wire::{Backend, Frontend, Message};
use postgres_protocol::authentication::md5_hash;
use ring::{digest, hmac, pbkdf2};
use std::num::NonZeroU32;

/// An authentication under way on one connection.
#[derive(Debug, Default)]
pub(super) struct ByHand {
    user: String,
    client_first: Vec<u8>,
    asked: Option<Asked>,
}

#[derive(Debug)]
enum Asked {
    Md5([u8; 4]),
    Scram(Vec<u8>),
}

impl ByHand {
    /// Takes note of a message of either side.
    pub(super) fn sees(&mut self, message: &Message<'_>) {
        match message {
            Message::Frontend(Frontend::StartupMessage(startup)) => {
                let user = startup.parameters.iter().rev().find(|(name, _)| *name == "user");
                self.user = user.map(|(_, user)| user.lossy().into_owned()).unwrap_or_default();
            }
            Message::Frontend(Frontend::SASLInitialResponse(first)) => {
                self.client_first = first.data.map(|data| data.0.to_vec()).unwrap_or_default();
            }
            // Where the mechanism was chosen without data, they come behind the empty challenge.
            Message::Frontend(Frontend::SASLResponse(first)) if self.client_first.is_empty() => {
                self.client_first = first.data.0.to_vec();
            }
            Message::Backend(Backend::AuthenticationMD5Password(asked)) => {
                self.asked = Some(Asked::Md5(asked.salt));
            }
            Message::Backend(Backend::AuthenticationSASLContinue(asked)) => {
                self.asked = Some(Asked::Scram(asked.data.0.to_vec()));
            }
            _ => {}
        }
    }

    /// The inputs that what the server asked gives, once. `end_point` is what the TLS channel is known by.
    pub(super) fn answers(
        &mut self,
        credentials: &Credentials,
        end_point: Option<&[u8]>,
    ) -> Vec<(&'static str, Vec<u8>)> {
        let password = credentials.get(&format!("password.{}", self.user)).unwrap_or_default();
        match self.asked.take() {
            None => Vec::new(),
            Some(Asked::Md5(salt)) => {
                vec![("md5.answer", md5_hash(self.user.as_bytes(), &password, salt).into_bytes())]
            }
            // An empty challenge, or one that is not SCRAM's: there is nothing to compute.
            Some(Asked::Scram(server_first)) => {
                let answers = scram(&self.client_first, &server_first, &password, end_point);
                answers.unwrap_or_default()
            }
        }
    }
}

/// The answers to a server-first-message; none where it is none.
fn scram(
    client_first: &[u8],
    server_first: &[u8],
    password: &[u8],
    end_point: Option<&[u8]>,
) -> Option<Vec<(&'static str, Vec<u8>)>> {
    let client_first = std::str::from_utf8(client_first).ok()?;
    let server_first = std::str::from_utf8(server_first).ok()?;
    let attribute = |name: &str| server_first.split(',').find_map(|part| part.strip_prefix(name));
    let salt = BASE64.decode(attribute("s=")?).ok()?;
    let iterations: NonZeroU32 = attribute("i=")?.parse().ok()?;
    let nonce = attribute("r=")?;
    let comma = client_first.match_indices(',').nth(1)?.0;
    let (header, bare) = client_first.split_at(comma + 1);

    let mut salted = [0; digest::SHA256_OUTPUT_LEN];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, password, &mut salted);
    let client_key = mac(&salted, b"Client Key");
    let stored_key = digest::digest(&digest::SHA256, client_key.as_ref());
    let server_key = mac(&salted, b"Server Key");

    let channel = if header.starts_with('p') { end_point.unwrap_or_default() } else { &[] };
    let message = |channel: &[u8], behind: &str| {
        let bound = BASE64.encode([header.as_bytes(), channel].concat());
        let without_proof = format!("c={bound},r={nonce}{behind}");
        let exchanged = format!("{bare},{server_first},{without_proof}");
        let signature = mac(stored_key.as_ref(), exchanged.as_bytes());
        let masked = client_key.as_ref().iter().zip(signature.as_ref());
        let proof: Vec<u8> = masked.map(|(key, mask)| key ^ mask).collect();
        (without_proof, proof, exchanged)
    };
    let whole = |without_proof: &str, proof: &[u8]| {
        format!("{without_proof},p={}", BASE64.encode(proof)).into_bytes()
    };
    let (without_proof, proof, exchanged) = message(channel, "");
    let mut wrong = proof.clone();
    wrong[0] ^= 1;
    let (other_channel, other_proof, _) = message(&[0; 32], "");
    let (extended, extended_proof, _) = message(channel, ",x=1");
    let server_final = format!("v={}", BASE64.encode(mac(server_key.as_ref(), exchanged.as_bytes())));
    Some(vec![
        ("scram.final", whole(&without_proof, &proof)),
        ("scram.final-wrong", whole(&without_proof, &wrong)),
        ("scram.final-other-channel", whole(&other_channel, &other_proof)),
        ("scram.final-extended", whole(&extended, &extended_proof)),
        ("scram.server-final", server_final.into_bytes()),
    ])
}

fn mac(key: &[u8], bytes: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes)
}

#[cfg(test)]
mod test {
    use super::scram;

    /// The exchange of RFC 7677, section 3.
    #[test]
    fn as_the_rfc_computes_it() {
        let first = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
        let challenge =
            b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let answers = scram(first, challenge, b"pencil", None).unwrap();
        let answer = |name| {
            let found = answers.iter().find(|(known, _)| *known == name).unwrap();
            String::from_utf8(found.1.clone()).unwrap()
        };
        assert_eq!(
            answer("scram.final"),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert_eq!(answer("scram.server-final"), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        assert_ne!(answer("scram.final-wrong"), answer("scram.final"));
    }
}
