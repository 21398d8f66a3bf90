//! A profile's roles and host-based authentication, as a server's own set-up wants them.

use pgconform_wire::profile::Profile;
use pgconform_wire::profile::roles::{HbaMethod, HbaTls, PasswordEncryption, Role};

/// SQL that makes the roles, a statement a line. The one that the run logs in as is there already: it makes them.
pub(super) fn roles(profile: &Profile) -> String {
    let others = profile.roles.iter().filter(|role| role.name != profile.login.user);
    others.flat_map(statements).map(|statement| statement + "\n").collect()
}

fn statements(role: &Role) -> Vec<String> {
    let encryption = match role.password_encryption {
        PasswordEncryption::Md5 => "md5",
        PasswordEncryption::ScramSha256 => "scram-sha-256",
    };
    let superuser = if role.superuser { "SUPERUSER" } else { "NOSUPERUSER" };
    let login = if role.login { "LOGIN" } else { "NOLOGIN" };
    let password = role.password.as_ref().map_or_else(|| "NULL".to_owned(), |text| quoted(text, '\''));
    let name = quoted(&role.name, '"');
    vec![
        format!("SET password_encryption = '{encryption}';"),
        format!("CREATE ROLE {name} {superuser} {login} PASSWORD {password};"),
    ]
}

/// The lines of pg_hba.conf, for connections over the loopback interface.
pub(super) fn hba(profile: &Profile) -> String {
    let mut out = String::new();
    for entry in &profile.hba {
        let kind = match entry.tls {
            HbaTls::Any => "host",
            HbaTls::Required => "hostssl",
            HbaTls::Refused => "hostnossl",
        };
        let method = match entry.method {
            HbaMethod::Trust => "trust",
            HbaMethod::Password => "password",
            HbaMethod::Md5 => "md5",
            HbaMethod::ScramSha256 => "scram-sha-256",
            HbaMethod::Cert => "cert",
            // A token is no method of PostgreSQL's: nobody gets in by one.
            HbaMethod::Reject | HbaMethod::Token => "reject",
        };
        // In quotes, `all` would be a user of that name.
        let user = if entry.user == "all" { "all".to_owned() } else { quoted(&entry.user, '"') };
        let loopback = || vec!["127.0.0.1/32".to_owned(), "::1/128".to_owned()];
        for network in entry.address.map_or_else(loopback, |network| vec![network.to_string()]) {
            out += &format!("{kind} all {user} {network} {method}\n");
        }
    }
    out
}

fn quoted(text: &str, quote: char) -> String {
    format!("{quote}{}{quote}", text.replace(quote, &format!("{quote}{quote}")))
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::corpus;

    #[test]
    fn the_roles_and_entries_of_postgres() {
        let profile = corpus::profile("postgres").unwrap();
        let (roles, hba) = (roles(&profile), hba(&profile));
        for line in [
            r#"CREATE ROLE "pgconform_md5" NOSUPERUSER LOGIN PASSWORD 'public password for md5';"#,
            r#"CREATE ROLE "pgconform_nologin" NOSUPERUSER NOLOGIN PASSWORD NULL;"#,
        ] {
            assert!(roles.lines().any(|found| found == line), "{line}");
        }
        assert!(!roles.contains(r#"ROLE "postgres""#), "it is there already");
        for line in [
            r#"host all "postgres" 127.0.0.1/32 trust"#,
            r#"hostssl all "pgconform_cert" ::1/128 cert"#,
            r#"hostnossl all "pgconform_plain" 127.0.0.1/32 trust"#,
        ] {
            assert!(hba.lines().any(|found| found == line), "{line}");
        }
        assert_eq!(quoted("it's", '\''), "'it''s'");
    }
}
