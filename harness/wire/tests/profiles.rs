//! A profile that claims what no server can be is refused, with the place. A table: what is wrong, and what is said of it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pgconform_wire::profile::{Profile, ProfileError};
use std::net::IpAddr;

/// A profile against which nothing can be said. Its claims begin at line 3.
const SOUND: &str = r#"summary = "sound"
[claims]
dialect = "postgresql"
protocol = ["3.0"]
tls = "offered"
direct-tls = "refused"
gss = "refused"
auth = ["trust", "cleartext"]
user = "role"
database = "defaults-to-user"
multi-statement = "full"
extended-query = "full"
parameter-description = "full"
transactions = "full"
backend-key-data = "absent"
cancel = "ignored"
copy = "full"
function-call = "full"
notifications = "full"
fixture = []
"#;

/// Reads `text` as `top.toml`, which may extend `sound` and `base`.
fn read(text: &str, base: &str) -> Result<Profile, ProfileError> {
    let find = |name: &str| {
        let text = match name {
            "sound" => SOUND,
            "base" => base,
            _ => return None,
        };
        Some((format!("{name}.toml"), text.to_owned()))
    };
    Profile::parse("top", "top.toml", text, &find)
}

/// What is said of the lines `top` behind two others in a profile that extends [`SOUND`]: they begin at line 3.
fn refused(top: &str) -> String {
    read(&format!("summary = \"top\"\nextends = \"sound\"\n{top}"), "").unwrap_err().to_string()
}

#[test]
fn a_sound_profile_is_read() {
    assert_eq!(read(SOUND, "").unwrap().summary, "sound");
}

#[test]
fn what_is_no_claim_is_refused() {
    for (top, told) in [
        ("[claims]\ncolour = \"red\"\n", "top.toml:4: no capability `colour`: one of `dialect`, "),
        ("[claims]\ntls = \"perhaps\"\n", "top.toml:4: no `tls` is `perhaps`: one of `refused`, "),
        ("[claims]\ntls = [\"offered\"]\n", "top.toml:4: `tls` has one value"),
        ("[claims]\ntls = \"offered\"\ntls = \"refused\"\n", "top.toml:5: duplicate key"),
        ("[claims]\nauth = [\"trust\", \"trust\"]\n", "top.toml:4: `auth` has `trust` twice"),
        ("[claims]\nauth = []\n", "top.toml:4: nothing is claimed of `auth`: one of `trust`, "),
        ("[claims]\nprotocol = []\n", "top.toml:4: nothing is claimed of `protocol`: one of `3.0`, "),
        ("[claim]\ntls = \"offered\"\n", "top.toml:3: unknown field `claim`"),
        ("[server]\nquirk = []\n", "top.toml:4: unknown field `quirk`"),
    ] {
        let error = refused(top);
        assert!(error.starts_with(told), "{error}");
    }
}

#[test]
fn what_is_extended_must_be_there() {
    let read = |text| read(text, "summary = \"base\"\nextends = \"base\"\n").unwrap_err().to_string();
    assert_eq!(
        read("summary = \"top\"\n\nextends = \"nowhere\"\n"),
        "top.toml:3: there is no profile `nowhere` to extend"
    );
    assert_eq!(
        read("summary = \"top\"\nextends = \"base\"\n"),
        "base.toml:2: `base` extends itself: top -> base"
    );
}

#[test]
fn claims_that_contradict_each_other_are_refused() {
    for (claims, told) in [
        (
            "tls = \"refused\"\ndirect-tls = \"accepted\"",
            "5: `direct-tls` is claimed to be `accepted`, but `tls` to be `refused`: it is TLS",
        ),
        (
            "auth = [\"cert\"]\ntls = \"refused\"",
            "5: `auth` is claimed to be `cert`, but `tls` to be `refused`: a certificate is presented in a TLS handshake",
        ),
        (
            "tls = \"refused\"\n\nauth = [\"scram-sha-256-plus\"]",
            "6: `auth` is claimed to be `scram-sha-256-plus`, but `tls` to be `refused`: it binds to TLS",
        ),
        (
            "cancel = \"honoured\"",
            "4: `cancel` is claimed to be `honoured`, but `backend-key-data` to be `absent`: a CancelRequest carries the key that was sent",
        ),
        (
            "parameter-description = \"except-definitions\"\nextended-query = \"rejected\"",
            "5: `parameter-description` is claimed to be `except-definitions`, but `extended-query` to be `rejected`: nothing is described where the extended query protocol is refused",
        ),
        (
            "fixture = [\"roles\"]\nuser = \"ignored\"",
            "5: `fixture` is claimed to be `roles`, but `user` to be `ignored`: roles are what users are",
        ),
        (
            "fixture = [\"quickstart-chat\"]",
            "4: `fixture` is claimed to be `quickstart-chat`, but `dialect` to be `postgresql`: its tables are SpacetimeDB's",
        ),
        (
            "fixture = [\"spacetimedb-types\"]",
            "4: `fixture` is claimed to be `spacetimedb-types`, but `dialect` to be `postgresql`: its types are SpacetimeDB's",
        ),
    ] {
        assert_eq!(refused(&format!("[claims]\n{claims}\n")), format!("top.toml:{told}"));
    }
}

/// The later of two claims is the one in the profile that extends the other's, wherever it stands there.
#[test]
fn the_later_claim_is_at_fault() {
    let base = "summary = \"base\"\n\n\n\n\n\n\nextends = \"sound\"\n[claims]\nauth = [\"cert\"]\n";
    let top = "summary = \"top\"\nextends = \"base\"\nclaims.tls = \"refused\"\n";
    let error = read(top, base).unwrap_err().to_string();
    assert!(error.starts_with("top.toml:3: `auth` is claimed to be `cert`"), "{error}");
    let base = format!("{base}tls = \"refused\"\n");
    let top = "summary = \"top\"\nextends = \"base\"\n";
    let error = read(top, &base).unwrap_err().to_string();
    assert!(error.starts_with("base.toml:11: `auth` is claimed to be `cert`"), "{error}");
    let top = "summary = \"top\"\nextends = \"base\"\nclaims.tls = \"required\"\n";
    assert!(read(top, &base).unwrap().claims.has("auth", "cert"), "taken back");
}

#[test]
fn roles_and_entries_that_nobody_could_use_are_refused() {
    let roles = "[claims]\nfixture = [\"roles\"]\n";
    for (top, told) in [
        (
            "[[roles]]\nname = \"a\"\n".to_owned(),
            "3: roles and host-based authentication need the claim `fixture` to have `roles`",
        ),
        (
            "[[hba]]\nuser = \"a\"\nmethod = \"trust\"\n".to_owned(),
            "3: roles and host-based authentication need the claim `fixture` to have `roles`",
        ),
        (format!("{roles}[[roles]]\nname = \"a\"\n[[roles]]\nname = \"a\"\n"), "7: a second role `a`"),
        (
            format!(
                "{roles}[[hba]]\nuser = \"a\"\nmethod = \"trust\"\n[[hba]]\nuser = \"b\"\nmethod = \"md5\"\n"
            ),
            "8: the method `md5` needs the claim `auth` to have `md5`",
        ),
        (
            format!(
                "{roles}tls = \"refused\"\n[[hba]]\nuser = \"a\"\nmethod = \"trust\"\ntls = \"required\"\n"
            ),
            "6: `tls` is claimed to be `refused`: no connection matches this entry",
        ),
        (
            format!("{roles}[[hba]]\nuser = \"a\"\nmethod = \"trust\"\naddress = \"localhost\"\n"),
            "8: invalid IP address syntax",
        ),
        (
            "[[parameters]]\nname = \"a\"\nvalue = \"1\"\n[[parameters]]\nname = \"a\"\nvalue = \"2\"\n"
                .to_owned(),
            "6: a second parameter `a`",
        ),
        ("[[waivers]]\ncase = \"*\"\nreason = \" \"\n".to_owned(), "3: a waiver needs a reason"),
        ("[[waivers]]\ncase = \"*\"\n".to_owned(), "3: missing field `reason`"),
    ] {
        assert_eq!(refused(&top), format!("top.toml:{told}"));
    }
}

/// What a profile inherits may be more than it claims: PostgreSQL without TLS still has entries about TLS.
#[test]
fn what_is_inherited_need_not_be_used() {
    let base = "summary = \"base\"\nextends = \"sound\"\n[claims]\nfixture = [\"roles\"]\n[[roles]]\nname = \"a\"\n\
                [[hba]]\nuser = \"a\"\nmethod = \"password\"\ntls = \"required\"\n";
    for claims in ["fixture = []", "tls = \"refused\"", "auth = [\"trust\"]"] {
        let top = format!("summary = \"top\"\nextends = \"base\"\n[claims]\n{claims}\n");
        assert_eq!(read(&top, base).unwrap().roles.len(), 1, "{claims}");
    }
}

#[test]
fn an_entry_is_about_a_network() {
    let top = "summary = \"top\"\nextends = \"sound\"\n[claims]\nfixture = [\"roles\"]\n\
               [[hba]]\nuser = \"all\"\nmethod = \"trust\"\naddress = \"192.0.2.0/24\"\n";
    let hba = read(top, "").unwrap().hba;
    let matches = |peer: &str| hba[0].matches("anybody", false, peer.parse::<IpAddr>().unwrap());
    assert!(matches("192.0.2.1"));
    assert!(!matches("192.0.3.1"));
    assert!(!matches("::1"));
}

/// Each quirk knows where it was switched on.
#[test]
fn a_quirk_has_a_place() {
    let base =
        "summary = \"base\"\nextends = \"sound\"\n[server]\nquirks = [\n    \"one\",\n    \"two\",\n]\n";
    let profile = read("summary = \"top\"\nextends = \"base\"\n", base).unwrap();
    let quirks = profile.server.unwrap().quirks;
    let places: Vec<_> =
        quirks.iter().map(|quirk| (quirk.id.as_str(), quirk.file.as_str(), quirk.line)).collect();
    assert_eq!(places, [("one", "base.toml", 5), ("two", "base.toml", 6)]);
}
