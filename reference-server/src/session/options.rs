//! The startup parameter `options`: command-line arguments of the server process, as PostgreSQL reads them.

use crate::engine::SqlError;

/// A run-time parameter of the startup packet and its value; or why what stands in its place is none.
pub(crate) type Setting = Result<(String, String), SqlError>;

/// Switches that take a value, and the parameter that each sets.
const WITH_VALUE: &[(char, &str)] = &[
    ('B', "shared_buffers"),
    ('h', "listen_addresses"),
    ('k', "unix_socket_directories"),
    ('N', "max_connections"),
    ('p', "port"),
    ('S', "work_mem"),
    ('W', "post_auth_delay"),
];

/// Switches that take none, the parameter that each sets, and to what.
const WITHOUT_VALUE: &[(char, &str, &str)] = &[
    ('e', "datestyle", "euro"),
    ('F', "fsync", "false"),
    ('i', "listen_addresses", "*"),
    ('l', "ssl", "true"),
    ('O', "allow_system_table_mods", "true"),
    ('P', "ignore_system_indexes", "true"),
    ('s', "log_statement_stats", "true"),
];

/// The settings in `options`, in order, up to the first that is wrong.
pub(super) fn settings(options: &str) -> Vec<Setting> {
    let words = words(options);
    let mut words = words.iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let before = settings.len();
        let read = switches(word, &mut words, &mut settings);
        if read.is_none() || settings.len() == before {
            let why = format!("invalid command-line argument for server process: {word}");
            let error = SqlError::fatal("42601", why);
            settings.push(Err(error.hint("Try \"postgres --help\" for more information.")));
        }
        if settings.last().is_some_and(Result::is_err) {
            break;
        }
    }
    settings
}

/// Reads the switches in one word: `-c name=value`, `-cname=value`, `--name=value`, `-es`. None: one of them is unknown,
/// or lacks its value.
fn switches<'w>(
    word: &str,
    behind: &mut impl Iterator<Item = &'w String>,
    settings: &mut Vec<Setting>,
) -> Option<()> {
    if let Some(long) = word.strip_prefix("--") {
        settings.push(assignment(long, "--"));
        return Some(());
    }
    let mut letters = word.strip_prefix('-')?.chars();
    while let Some(letter) = letters.next() {
        if let Some((_, name, value)) = WITHOUT_VALUE.iter().find(|(known, ..)| *known == letter) {
            settings.push(Ok(((*name).to_owned(), (*value).to_owned())));
            continue;
        }
        let with_value = WITH_VALUE.iter().find(|(known, _)| *known == letter);
        if letter != 'c' && with_value.is_none() {
            return None;
        }
        let rest = letters.as_str();
        let value = if rest.is_empty() { behind.next()?.as_str() } else { rest };
        settings.push(match with_value {
            Some((_, name)) => Ok(((*name).to_owned(), value.to_owned())),
            None => assignment(value, "-c "),
        });
        return Some(());
    }
    Some(())
}

/// `name=value`, where dashes in the name stand for underscores.
fn assignment(text: &str, switch: &str) -> Setting {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.replace('-', "_"), value.to_owned())),
        None => Err(SqlError::fatal("42601", format!("{switch}{text} requires a value"))),
    }
}

/// The words between spaces; a backslash takes away what is special of the character behind it.
fn words(options: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = options.chars();
    while let Some(character) = characters.next() {
        match character {
            // What C's `isspace` takes for one.
            ' ' | '\t' | '\n' | '\x0b' | '\x0c' | '\r' => words.extend(word.take()),
            '\\' => word.get_or_insert_default().extend(characters.next()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod test {
    use super::*;

    fn told(options: &str) -> Vec<String> {
        let tell = |setting: &Setting| match setting {
            Ok((name, value)) => format!("{name}={value}"),
            Err(error) => error.message.to_string(),
        };
        settings(options).iter().map(tell).collect()
    }

    /// What PostgreSQL 18 says to each.
    #[test]
    fn as_postgresql_reads_them() {
        let invalid = |word: &str| format!("invalid command-line argument for server process: {word}");
        for (options, expected) in [
            ("", vec![]),
            ("  ", vec![]),
            ("-c a=1", vec!["a=1".to_owned()]),
            ("-ca=1", vec!["a=1".to_owned()]),
            ("--a-b=c-d", vec!["a_b=c-d".to_owned()]),
            ("-c a=1  -c b=2=3", vec!["a=1".to_owned(), "b=2=3".to_owned()]),
            (r"-c a=1\ 2\\3", vec![r"a=1 2\3".to_owned()]),
            ("-c a=", vec!["a=".to_owned()]),
            ("-S 100 -e", vec!["work_mem=100".to_owned(), "datestyle=euro".to_owned()]),
            ("-c a=1 -x", vec!["a=1".to_owned(), invalid("-x")]),
            ("foo -c a=1", vec![invalid("foo")]),
            ("-c", vec![invalid("-c")]),
            ("-c work_mem", vec!["-c work_mem requires a value".to_owned()]),
            ("--foo", vec!["--foo requires a value".to_owned()]),
            ("-", vec![invalid("-")]),
        ] {
            assert_eq!(told(options), expected, "{options}");
        }
    }
}
