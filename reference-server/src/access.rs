//! Who may connect, and what is kept in the place of passwords: PostgreSQL's `pg_hba.conf` and `pg_authid`.

use crate::environment::Random;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use pgconform_wire::profile::roles::{HbaEntry, HbaMethod, PasswordEncryption, Role};
use ring::error::Unspecified;
use ring::{digest, hmac, pbkdf2};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::OnceLock;
use subtle::ConstantTimeEq;

/// How often a password is hashed: PostgreSQL's `scram_iterations`.
pub(crate) const ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).expect("4096 is not 0");

/// How many bytes of salt a SCRAM secret has.
const SALT_LENGTH: usize = 16;

/// The roles, and how each user is asked to prove who it is.
#[derive(Debug)]
pub(crate) struct Access {
    entries: Vec<HbaEntry>,
    roles: BTreeMap<String, Known>,
    /// What the salts of users that have no secret are made of: each always has the same one, as if it had a secret.
    mock: OnceLock<[u8; digest::SHA256_OUTPUT_LEN]>,
}

/// A role and its secret, which is made when it is first asked for: hashing takes a while.
#[derive(Debug)]
struct Known {
    role: Role,
    secret: OnceLock<Option<Secret>>,
}

/// What is kept in a password's place.
#[derive(Clone)]
pub(crate) enum Secret {
    /// The MD5 hash of password and user, in hexadecimal.
    Md5(String),
    /// SCRAM-SHA-256.
    Scram(ScramSecret),
}

/// What a server keeps for SCRAM-SHA-256: enough to check a proof and to prove itself, not enough to log in.
#[derive(Clone)]
pub(crate) struct ScramSecret {
    pub(crate) salt: [u8; SALT_LENGTH],
    pub(crate) iterations: NonZeroU32,
    pub(crate) stored_key: [u8; digest::SHA256_OUTPUT_LEN],
    pub(crate) server_key: [u8; digest::SHA256_OUTPUT_LEN],
}

/// Names the method only.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5(_) => "Md5",
            Self::Scram(_) => "Scram",
        })
    }
}

impl Access {
    /// Access for these roles, as these entries say.
    pub(crate) fn new(entries: &[HbaEntry], roles: &[Role]) -> Self {
        let known = |role: &Role| Known { role: role.clone(), secret: OnceLock::new() };
        Self {
            entries: entries.to_vec(),
            roles: roles.iter().map(|role| (role.name.clone(), known(role))).collect(),
            mock: OnceLock::new(),
        }
    }

    /// How this user is asked on such a connection; none where no entry says.
    pub(crate) fn method(&self, user: &str, in_tls: bool, peer: IpAddr) -> Option<HbaMethod> {
        self.entries.iter().find(|entry| entry.matches(user, in_tls, peer)).map(|entry| entry.method)
    }

    /// The role of this name.
    pub(crate) fn role(&self, name: &str) -> Option<&Role> {
        self.roles.get(name).map(|known| &known.role)
    }

    /// What is kept in the place of this user's password; none where there is no such role, or it has no password.
    pub(crate) fn secret(&self, user: &str, random: Random) -> Result<Option<&Secret>, Unspecified> {
        let Some(known) = self.roles.get(user) else { return Ok(None) };
        if let Some(secret) = known.secret.get() {
            return Ok(secret.as_ref());
        }
        let secret = match (&known.role.password, known.role.password_encryption) {
            (None, _) => None,
            (Some(password), PasswordEncryption::Md5) => {
                Some(Secret::Md5(md5_hex(&[password.as_bytes(), user.as_bytes()])))
            }
            (Some(password), PasswordEncryption::ScramSha256) => {
                let salt = random.bytes(&format!("SCRAM salt of {user}"))?;
                Some(Secret::Scram(ScramSecret::new(password.as_bytes(), salt, ITERATIONS)))
            }
        };
        Ok(known.secret.get_or_init(|| secret).as_ref())
    }

    /// A secret that no password opens, for a user that has none. It looks like others, and always the same.
    pub(crate) fn mock_secret(&self, user: &str, random: Random) -> Result<ScramSecret, Unspecified> {
        let nonce = match self.mock.get() {
            Some(nonce) => nonce,
            None => {
                let fresh = random.bytes("mock authentication nonce")?;
                self.mock.get_or_init(|| fresh)
            }
        };
        let mut salt = [0; SALT_LENGTH];
        let hash = digest::digest(&digest::SHA256, &[user.as_bytes(), nonce].concat());
        salt.copy_from_slice(&hash.as_ref()[..SALT_LENGTH]);
        // No hash of anything is all zeros.
        let zero = [0; digest::SHA256_OUTPUT_LEN];
        Ok(ScramSecret { salt, iterations: ITERATIONS, stored_key: zero, server_key: zero })
    }
}

impl Secret {
    /// Whether it was made of this password.
    pub(crate) fn is_of(&self, password: &[u8], user: &str) -> bool {
        match self {
            Self::Md5(hash) => equal(md5_hex(&[password, user.as_bytes()]).as_bytes(), hash.as_bytes()),
            Self::Scram(secret) => {
                let made = ScramSecret::new(password, secret.salt, secret.iterations);
                equal(&made.server_key, &secret.server_key)
            }
        }
    }
}

impl ScramSecret {
    /// The secret of a password.
    pub(crate) fn new(password: &[u8], salt: [u8; SALT_LENGTH], iterations: NonZeroU32) -> Self {
        let mut salted = [0; digest::SHA256_OUTPUT_LEN];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, &salt, &prepared(password), &mut salted);
        let client_key = hmac_sha256(&salted, b"Client Key");
        Self {
            salt,
            iterations,
            stored_key: sha256(&client_key),
            server_key: hmac_sha256(&salted, b"Server Key"),
        }
    }

    /// The salt as it is told.
    pub(crate) fn salt(&self) -> String {
        BASE64.encode(self.salt)
    }
}

/// A password as SASLprep has it; as it is where that does not apply, which PostgreSQL does as well.
fn prepared(password: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(password).ok();
    text.and_then(|text| stringprep::saslprep(text).ok())
        .map_or(password.to_vec(), |text| text.into_owned().into())
}

/// The MD5 hash of `parts`, in hexadecimal.
pub(crate) fn md5_hex(parts: &[&[u8]]) -> String {
    let mut hash = Md5::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; digest::SHA256_OUTPUT_LEN] {
    let mut hash = [0; digest::SHA256_OUTPUT_LEN];
    hash.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    hash
}

/// HMAC with SHA-256.
pub(crate) fn hmac_sha256(key: &[u8], bytes: &[u8]) -> [u8; digest::SHA256_OUTPUT_LEN] {
    let mut tag = [0; digest::SHA256_OUTPUT_LEN];
    tag.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes).as_ref());
    tag
}

/// Whether two secrets are the same, in a time that does not tell where they differ. Different lengths never are.
pub(crate) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn a_scram_secret_is_postgresqls() {
        // Made by PostgreSQL 18: `CREATE ROLE pgconform_scram PASSWORD ...`, then `SELECT rolpassword FROM pg_authid`.
        let kept = include_str!("../tests/data/rolpassword.scram").trim();
        let (salt, keys) = kept.strip_prefix("SCRAM-SHA-256$4096:").unwrap().split_once('$').unwrap();
        let (stored, server) = keys.split_once(':').unwrap();
        let salt = BASE64.decode(salt).unwrap().try_into().unwrap();
        let secret = ScramSecret::new(b"public password for SCRAM", salt, ITERATIONS);
        assert_eq!(BASE64.encode(secret.stored_key), stored);
        assert_eq!(BASE64.encode(secret.server_key), server);
        assert!(Secret::Scram(secret.clone()).is_of(b"public password for SCRAM", "pgconform_scram"));
        assert!(!Secret::Scram(secret).is_of(b"public password for scram", "pgconform_scram"));
    }

    #[test]
    fn an_md5_hash_is_postgresqls() {
        // As above, with `password_encryption = md5`.
        let kept = include_str!("../tests/data/rolpassword.md5").trim();
        let made = md5_hex(&[b"public password for md5", b"pgconform_md5"]);
        assert_eq!(format!("md5{made}"), kept);
    }

    #[test]
    fn passwords_are_prepared() {
        assert_eq!(prepared("public pass\u{ad}word no. \u{2168}".as_bytes()), b"public password no. IX");
        assert_eq!(prepared(b"\xff"), b"\xff");
        assert_eq!(prepared(b"a\x01"), b"a\x01");
    }

    #[test]
    fn a_user_without_a_secret_always_has_the_same_salt() {
        let access = Access::new(&[], &[]);
        let random = |connection| Random::Seeded { seed: 7, connection };
        let salt = |user, connection| access.mock_secret(user, random(connection)).unwrap().salt;
        assert_eq!(salt("nobody", 1), salt("nobody", 2));
        assert_ne!(salt("nobody", 1), salt("somebody", 1));
    }
}
