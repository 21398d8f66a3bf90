//! The tokens that stand in the password's place: JSON Web Tokens, signed by an authority and checked against it.
//!
//! Signature, algorithm, issuer and the claims' shape are `jsonwebtoken`'s to check, with the cryptography of `ring`,
//! which TLS needs anyway. Expiry is compared here, because the clock is handed in.

use crate::spacetimedb::Identity;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::hmac;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The issuer of development tokens.
pub const ISSUER: &str = "https://pgconform.invalid";

/// The subject who owns the databases of a reference server.
pub const OWNER: &str = "owner";

/// Signs nothing of value: it is in the open so that `pgconform token` and `pgconform serve` agree without a file.
const DEVELOPMENT_KEY: &[u8] = b"pgconform development key, public on purpose";

/// Signs and checks tokens.
#[derive(Clone)]
pub struct Authority {
    issuer: String,
    key: Vec<u8>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What a token says.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Claims {
    iss: String,
    sub: String,
    iat: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
}

/// Why a token is refused. Says nothing of what is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is no token.
    Malformed,
    /// Its signature is not the authority's.
    Signature,
    /// It is signed, or not signed, in a way that is not accepted.
    Algorithm,
    /// Another issuer signed it.
    Issuer,
    /// Its time is over.
    Expired,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "InvalidToken",
            Self::Signature => "InvalidSignature",
            Self::Algorithm => "InvalidAlgorithm",
            Self::Issuer => "InvalidIssuer",
            Self::Expired => "ExpiredSignature",
        })
    }
}

impl Authority {
    /// The authority that every reference server trusts.
    pub fn development() -> Self {
        Self::new(ISSUER, DEVELOPMENT_KEY)
    }

    /// An authority that signs as `issuer` with `key`.
    pub fn new(issuer: &str, key: &[u8]) -> Self {
        // Fails when one is installed already: then it is this one.
        _ = RING.install_default();
        Self { issuer: issuer.to_owned(), key: key.to_vec() }
    }

    /// The identity of the subject who owns the databases.
    pub fn owner(&self) -> Identity {
        Identity::from_claims(&self.issuer, OWNER)
    }

    /// A token for `subject`, issued and expiring at these seconds since the Unix epoch.
    pub fn mint(&self, subject: &str, issued: u64, expires: Option<u64>) -> Option<String> {
        let claims = Claims { iss: self.issuer.clone(), sub: subject.to_owned(), iat: issued, exp: expires };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(&self.key))
            .ok()
    }

    /// Who the holder of `token` is, at `now` seconds since the Unix epoch.
    pub fn check(&self, token: &str, now: u64) -> Result<Identity, Refusal> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "sub"]);
        validation.validate_exp = false;
        let key = DecodingKey::from_secret(&self.key);
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(refusal)?.claims;
        if claims.exp.is_some_and(|expires| expires <= now) {
            return Err(Refusal::Expired);
        }
        Ok(Identity::from_claims(&claims.iss, &claims.sub))
    }
}

fn refusal(error: jsonwebtoken::errors::Error) -> Refusal {
    match error.kind() {
        ErrorKind::InvalidSignature => Refusal::Signature,
        ErrorKind::InvalidAlgorithm | ErrorKind::MissingAlgorithm => Refusal::Algorithm,
        ErrorKind::InvalidIssuer => Refusal::Issuer,
        _ => Refusal::Malformed,
    }
}

/// `jsonwebtoken` on `ring`.
static RING: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

struct Hs256(hmac::Key);

impl Hs256 {
    fn new(algorithm: Algorithm, secret: &[u8]) -> JwtResult<Self> {
        match algorithm {
            Algorithm::HS256 => Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, secret))),
            _ => Err(ErrorKind::InvalidAlgorithm.into()),
        }
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    /// In constant time.
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| signature::Error::new())
    }
}

#[cfg(test)]
mod test {
    use super::*;

    const NOW: u64 = 1_700_000_000;

    #[test]
    fn a_token_names_its_holder() {
        let authority = Authority::development();
        let token = authority.mint("somebody", NOW, Some(NOW + 60)).unwrap();
        assert_eq!(authority.check(&token, NOW), Ok(Identity::from_claims(ISSUER, "somebody")));
        assert_eq!(authority.check(&token, NOW + 60), Err(Refusal::Expired));
    }

    #[test]
    fn a_token_from_elsewhere_is_refused() {
        let authority = Authority::development();
        let foreign = Authority::new(ISSUER, b"another key").mint(OWNER, NOW, None).unwrap();
        assert_eq!(authority.check(&foreign, NOW), Err(Refusal::Signature));
        let issuer =
            Authority::new("https://elsewhere.invalid", DEVELOPMENT_KEY).mint(OWNER, NOW, None).unwrap();
        assert_eq!(authority.check(&issuer, NOW), Err(Refusal::Issuer));
        for malformed in ["", ".", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
            assert!(authority.check(malformed, NOW).is_err(), "{malformed}");
        }
    }

    #[test]
    fn a_token_made_elsewhere_is_accepted() {
        // Made with the `hmac` and `base64` modules of Python 3.11, after RFC 7515.
        let token = include_str!("../tests/data/made-elsewhere.token").trim();
        assert_eq!(Authority::development().check(token, NOW), Ok(Authority::development().owner()));
    }
}
