//! Roles, and host-based authentication: who may connect, and how each is asked to prove who it is.

use ipnet::IpNet;
use serde::Deserialize;
use std::net::IpAddr;

/// A role. Its password is a fixture: public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its password; none where no password lets it in.
    pub password: Option<String>,
    /// What the server keeps in the password's place: PostgreSQL's `password_encryption` when the role was made.
    #[serde(default)]
    pub password_encryption: PasswordEncryption,
    /// Whether it may do everything.
    #[serde(default)]
    pub superuser: bool,
    /// Whether it may log in at all.
    #[serde(default = "yes")]
    pub login: bool,
}

/// What a server keeps in a password's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordEncryption {
    /// The MD5 hash of password and user name.
    Md5,
    /// The secret of SCRAM-SHA-256.
    #[default]
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
}

/// An entry of host-based authentication. The first that matches decides; where none does, nobody gets in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HbaEntry {
    /// The user it is about; `all` for everyone. A user need not be a role.
    pub user: String,
    /// How the user is asked to prove who it is.
    pub method: HbaMethod,
    /// Whether it is about connections in TLS, in plain text, or both.
    #[serde(default)]
    pub tls: HbaTls,
    /// The network that it is about connections from; all of them where it does not say.
    pub address: Option<IpNet>,
}

/// How a user is asked to prove who it is, by PostgreSQL's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HbaMethod {
    /// Not at all.
    Trust,
    /// Nobody gets in.
    Reject,
    /// By a password in clear.
    Password,
    /// By a signed token in the place of a password in clear.
    Token,
    /// By an MD5 hash, or by SCRAM where the role has a secret of that.
    Md5,
    /// By SCRAM-SHA-256; over TLS also -PLUS.
    #[serde(rename = "scram-sha-256")]
    ScramSha256,
    /// By a client certificate whose common name is the user.
    Cert,
}

/// Which connections an entry is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HbaTls {
    /// All: `host` in PostgreSQL's pg_hba.conf.
    #[default]
    Any,
    /// Those in TLS: `hostssl`.
    Required,
    /// Those in plain text: `hostnossl`.
    Refused,
}

impl HbaEntry {
    /// Whether it is about this user on such a connection from `peer`.
    pub fn matches(&self, user: &str, in_tls: bool, peer: IpAddr) -> bool {
        let tls = match self.tls {
            HbaTls::Any => true,
            HbaTls::Required => in_tls,
            HbaTls::Refused => !in_tls,
        };
        let address = self.address.is_none_or(|network| network.contains(&peer));
        tls && address && (self.user == "all" || self.user == user)
    }
}

fn yes() -> bool {
    true
}
