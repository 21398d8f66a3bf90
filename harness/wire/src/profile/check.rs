//! Claims that cannot all be true: no server could keep them.

use super::claims::Claims;
use super::roles::{HbaEntry, HbaMethod, HbaTls};
use super::{Profile, ProfileError, list};
use std::collections::BTreeMap;

/// Where a profile says something. What is said later is greater: a profile comes behind the one it extends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// How many profiles are below it.
    pub(super) layer: usize,
    pub(super) line: usize,
    pub(super) file: String,
}

/// Where a profile says what it says.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) claims: BTreeMap<&'static str, Place>,
    /// For each role.
    pub(super) roles: Vec<Place>,
    /// For each entry of host-based authentication.
    pub(super) hba: Vec<Place>,
}

/// A claim, the capability of which it needs one of some values, and why.
type Requirement = ((&'static str, &'static str), (&'static str, &'static [&'static str]), &'static str);

const REQUIREMENTS: &[Requirement] = &[
    (("direct-tls", "accepted"), ("tls", TLS), "it is TLS"),
    (("auth", "cert"), ("tls", TLS), "a certificate is presented in a TLS handshake"),
    (("auth", "scram-sha-256-plus"), ("tls", TLS), "it binds to TLS"),
    (
        ("cancel", "honoured"),
        ("backend-key-data", &["sent"]),
        "a CancelRequest carries the key that was sent",
    ),
    (
        ("parameter-description", "except-definitions"),
        ("extended-query", &["full", "deferred"]),
        "nothing is described where the extended query protocol is refused",
    ),
    (("fixture", "roles"), ("user", &["role"]), "roles are what users are"),
    (("fixture", "quickstart-chat"), ("dialect", &["spacetimedb"]), "its tables are SpacetimeDB's"),
    (("fixture", "spacetimedb-types"), ("dialect", &["spacetimedb"]), "its types are SpacetimeDB's"),
];

/// Capabilities of which there must be some value, although there may be many.
pub(super) const NOT_EMPTY: &[&str] = &["protocol", "auth"];

const TLS: &[&str] = &["offered", "required"];

/// What each method of host-based authentication needs to be claimed.
const METHODS: &[(HbaMethod, &str, &str)] = &[
    (HbaMethod::Trust, "trust", "trust"),
    (HbaMethod::Password, "password", "cleartext"),
    (HbaMethod::Token, "token", "token"),
    (HbaMethod::Md5, "md5", "md5"),
    (HbaMethod::ScramSha256, "scram-sha-256", "scram-sha-256"),
    (HbaMethod::Cert, "cert", "cert"),
];

/// Fails where `profile` contradicts itself: at the later of the two places that do.
pub(super) fn check(profile: &Profile, said: &Said) -> Result<(), ProfileError> {
    claims(&profile.claims, said)?;
    roles(profile, said)?;
    for (entry, place) in profile.hba.iter().zip(&said.hba) {
        hba(entry, place, &profile.claims, said)?;
    }
    Ok(())
}

fn claims(claims: &Claims, said: &Said) -> Result<(), ProfileError> {
    for ((name, value), (needed, values), why) in REQUIREMENTS {
        let met = values.iter().any(|value| claims.has(needed, value));
        if claims.has(name, value) && !met {
            let instead = list(claims.values(needed));
            let message =
                format!("`{name}` is claimed to be `{value}`, but `{needed}` to be {instead}: {why}");
            return Err(error(later(said.claims.get(name), said.claims.get(needed)), message));
        }
    }
    Ok(())
}

fn roles(profile: &Profile, said: &Said) -> Result<(), ProfileError> {
    for (index, (role, place)) in profile.roles.iter().zip(&said.roles).enumerate() {
        if profile.roles[..index].iter().any(|other| other.name == role.name) {
            return Err(error(Some(place), format!("a second role `{}`", role.name)));
        }
    }
    // What a profile inherits and does not claim is only not made use of.
    let fixture = said.claims.get("fixture").map_or(0, |place| place.layer);
    let listed = said.roles.iter().chain(&said.hba).find(|place| place.layer >= fixture);
    if let (Some(place), false) = (listed, profile.claims.has("fixture", "roles")) {
        let message = "roles and host-based authentication need the claim `fixture` to have `roles`";
        return Err(error(Some(place), message.to_owned()));
    }
    Ok(())
}

/// An entry must be one that the server can act on, unless a later profile says that it cannot: then none is affected.
fn hba(entry: &HbaEntry, place: &Place, claims: &Claims, said: &Said) -> Result<(), ProfileError> {
    let known = |name: &str| said.claims.get(name).is_some_and(|claim| claim.layer <= place.layer);
    if let Some((_, name, method)) = METHODS.iter().find(|(method, ..)| *method == entry.method)
        && known("auth")
        && !claims.has("auth", method)
    {
        let message = format!("the method `{name}` needs the claim `auth` to have `{method}`");
        return Err(error(Some(place), message));
    }
    if entry.tls == HbaTls::Required && known("tls") && claims.has("tls", "refused") {
        let message = "`tls` is claimed to be `refused`: no connection matches this entry".to_owned();
        return Err(error(Some(place), message));
    }
    Ok(())
}

/// The later of two places.
fn later<'p>(one: Option<&'p Place>, other: Option<&'p Place>) -> Option<&'p Place> {
    one.max(other)
}

fn error(place: Option<&Place>, message: String) -> ProfileError {
    let (file, line) = place.map_or_else(Default::default, |place| (place.file.clone(), place.line));
    ProfileError { file, line, message }
}

#[cfg(test)]
mod test {
    use super::super::claims::entry;
    use super::*;

    #[test]
    fn what_is_checked_is_in_the_vocabulary() {
        let is_one = |name: &str, value: &str| entry(name).is_some_and(|entry| entry.values.contains(&value));
        for ((name, value), (needed, values), _) in REQUIREMENTS {
            assert!(is_one(name, value), "{name}={value}");
            assert!(values.iter().all(|value| is_one(needed, value)), "{needed}");
        }
        assert!(NOT_EMPTY.iter().all(|name| entry(name).is_some_and(|entry| entry.many)));
        assert!(METHODS.iter().all(|(_, _, method)| is_one("auth", method)));
    }
}
