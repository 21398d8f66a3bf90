//! A profile: what a server claims. It selects the cases that apply, and it configures the reference server.
//!
//! The text is TOML. A profile may extend another: its keys replace those of the one it extends, its waivers join them.
//! Reading files is the caller's business: [`Profile::parse`] asks for the text of what a profile extends.

mod check;
pub mod claims;
pub mod roles;

use check::{Place, Said};
use claims::{Claims, VOCABULARY, entry};
use roles::{HbaEntry, Role};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use toml::Spanned;

/// What a server claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// One sentence on whom it describes.
    pub summary: String,
    /// The profiles it extends, the nearest first.
    pub extends: Vec<String>,
    /// The capabilities it claims.
    pub claims: Claims,
    /// What the runs log in with, where the command line does not say.
    pub login: Login,
    /// The parameters that the server reports at the start, in order.
    pub parameters: Vec<(String, String)>,
    /// The roles that the cases of `fixture=roles` log in as.
    pub roles: Vec<Role>,
    /// Who may connect, and how each proves who it is: the first entry that matches decides. Where there is none, everybody
    /// is asked as the claim `auth` says first.
    pub hba: Vec<HbaEntry>,
    /// Statements by name, for cases that need some statement of a kind and not a particular one.
    pub sql: BTreeMap<String, String>,
    /// How the reference server plays this profile; none where it does not yet.
    pub server: Option<Server>,
    /// Known failures.
    pub waivers: Vec<Waiver>,
}

/// What the runs log in with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Login {
    /// The user.
    #[serde(default)]
    pub user: String,
    /// The database.
    #[serde(default)]
    pub database: String,
}

/// How the reference server plays a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Server {
    /// The databases it holds.
    #[serde(default)]
    pub fixtures: Vec<String>,
    /// The faults that are on.
    #[serde(default)]
    pub quirks: Vec<Quirk>,
    /// How many seconds a frontend may take to begin a session; a minute where it does not say.
    pub authentication_timeout: Option<u64>,
    /// The kind of certificate that it has, where it has TLS.
    #[serde(default)]
    pub certificate: Certificate,
    /// The port that `serve` listens on unless told otherwise; none where it must be told.
    pub port: Option<u16>,
}

/// The name of a fault that is on, and where the profile says so: which faults there are, the reference server knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Spanned<String>")]
pub struct Quirk {
    /// The fault.
    pub id: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// How many bytes of the file are before it.
    start: usize,
}

impl From<Spanned<String>> for Quirk {
    fn from(id: Spanned<String>) -> Self {
        Self { start: id.span().start, id: id.into_inner(), ..Self::default() }
    }
}

/// The kind of a server's certificate and of its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// ECDSA on the curve P-256.
    #[default]
    EcdsaP256,
    /// Ed25519.
    Ed25519,
    /// RSA.
    Rsa,
}

/// A known failure.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// A glob over case ids.
    pub case: String,
    /// The client it is about; all of them where it does not say.
    pub client: Option<String>,
    /// The rule it is about; whatever is wrong where it does not say.
    pub rule: Option<String>,
    /// Why it fails, and why that is borne.
    pub reason: String,
    /// Where to read more.
    pub link: Option<String>,
}

/// Why a text is no profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where no line is at fault.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for ProfileError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Layer {
    summary: String,
    extends: Option<Spanned<String>>,
    #[serde(default)]
    claims: BTreeMap<Spanned<String>, Spanned<OneOrMany>>,
    login: Option<Login>,
    #[serde(default)]
    parameters: Vec<Spanned<Parameter>>,
    roles: Option<Vec<Spanned<Role>>>,
    hba: Option<Vec<Spanned<HbaEntry>>>,
    #[serde(default)]
    sql: BTreeMap<String, String>,
    server: Option<Server>,
    #[serde(default)]
    waivers: Vec<Spanned<Waiver>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    name: String,
    value: String,
}

impl Profile {
    /// Reads the profile `name` from `text`, the contents of `file`. `find` gives file name and text of a profile that
    /// this one extends.
    pub fn parse(
        name: &str,
        file: &str,
        text: &str,
        find: &dyn Fn(&str) -> Option<(String, String)>,
    ) -> Result<Self, ProfileError> {
        let mut said = Said::default();
        let profile = Self::layered(name, file, text, find, &mut vec![name.to_owned()], &mut said)?;
        for entry in VOCABULARY {
            let needed = !entry.many || check::NOT_EMPTY.contains(&entry.name);
            if profile.claims.values(entry.name).is_empty() && needed {
                let message =
                    format!("nothing is claimed of `{}`: one of {}", entry.name, list(entry.values));
                let (file, line) =
                    said.claims.get(entry.name).map_or((file, 0), |place| (place.file.as_str(), place.line));
                return Err(ProfileError { file: file.to_owned(), line, message });
            }
        }
        check::check(&profile, &said)?;
        Ok(profile)
    }

    fn layered(
        name: &str,
        file: &str,
        text: &str,
        find: &dyn Fn(&str) -> Option<(String, String)>,
        chain: &mut Vec<String>,
        said: &mut Said,
    ) -> Result<Self, ProfileError> {
        let line = |offset: usize| text[..offset.min(text.len())].matches('\n').count() + 1;
        let at = |offset: usize, message| ProfileError { file: file.to_owned(), line: line(offset), message };
        let layer: Layer = toml::from_str(text)
            .map_err(|e| at(e.span().map_or(0, |span| span.start), e.message().replace('\n', " ")))?;
        let mut profile = match &layer.extends {
            None => Self {
                name: String::new(),
                summary: String::new(),
                extends: Vec::new(),
                claims: Claims::default(),
                login: Login::default(),
                parameters: Vec::new(),
                roles: Vec::new(),
                hba: Vec::new(),
                sql: BTreeMap::new(),
                server: None,
                waivers: Vec::new(),
            },
            Some(base) => {
                let start = base.span().start;
                let base = base.get_ref();
                if chain.contains(base) {
                    return Err(at(start, format!("`{base}` extends itself: {}", chain.join(" -> "))));
                }
                let (base_file, base_text) =
                    find(base).ok_or_else(|| at(start, format!("there is no profile `{base}` to extend")))?;
                chain.push(base.clone());
                let mut below = Self::layered(base, &base_file, &base_text, find, chain, said)?;
                below.extends.insert(0, base.clone());
                below
            }
        };
        let layer_number = profile.extends.len();
        let place = |offset: usize| Place { layer: layer_number, line: line(offset), file: file.to_owned() };
        for (capability, values) in &layer.claims {
            let Some(entry) = entry(capability.get_ref()) else {
                let names: Vec<_> = VOCABULARY.iter().map(|entry| entry.name).collect();
                let message = format!("no capability `{}`: one of {}", capability.get_ref(), list(&names));
                return Err(at(capability.span().start, message));
            };
            let claimed = match values.get_ref() {
                OneOrMany::One(value) => std::slice::from_ref(value),
                OneOrMany::Many(values) if entry.many => values.as_slice(),
                OneOrMany::Many(_) => {
                    return Err(at(values.span().start, format!("`{}` has one value", entry.name)));
                }
            };
            let mut known = Vec::new();
            for value in claimed {
                let Some(value) = entry.values.iter().find(|known| **known == value.as_str()) else {
                    let message = format!("no `{}` is `{value}`: one of {}", entry.name, list(entry.values));
                    return Err(at(values.span().start, message));
                };
                if known.contains(value) {
                    let message = format!("`{}` has `{value}` twice", entry.name);
                    return Err(at(values.span().start, message));
                }
                known.push(*value);
            }
            profile.claims.0.insert(entry.name, known);
            said.claims.insert(entry.name, place(capability.span().start));
        }
        for waiver in layer.waivers {
            if waiver.get_ref().reason.trim().is_empty() {
                return Err(at(waiver.span().start, "a waiver needs a reason".to_owned()));
            }
            profile.waivers.push(waiver.into_inner());
        }
        let mut named = BTreeSet::new();
        for parameter in layer.parameters {
            let start = parameter.span().start;
            let parameter = parameter.into_inner();
            if !named.insert(parameter.name.clone()) {
                return Err(at(start, format!("a second parameter `{}`", parameter.name)));
            }
            match profile.parameters.iter_mut().find(|(name, _)| *name == parameter.name) {
                Some(known) => known.1 = parameter.value,
                None => profile.parameters.push((parameter.name, parameter.value)),
            }
        }
        name.clone_into(&mut profile.name);
        profile.summary = layer.summary;
        profile.login = layer.login.unwrap_or(profile.login);
        if let Some(roles) = layer.roles {
            said.roles = roles.iter().map(|role| place(role.span().start)).collect();
            profile.roles = roles.into_iter().map(Spanned::into_inner).collect();
        }
        if let Some(hba) = layer.hba {
            said.hba = hba.iter().map(|entry| place(entry.span().start)).collect();
            profile.hba = hba.into_iter().map(Spanned::into_inner).collect();
        }
        profile.sql.extend(layer.sql);
        if let Some(mut server) = layer.server {
            for quirk in &mut server.quirks {
                file.clone_into(&mut quirk.file);
                quirk.line = line(quirk.start);
            }
            profile.server = Some(server);
        }
        Ok(profile)
    }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
