//! Which functions need a collation: a FunctionCall message cannot give them one, and so they fail.

use super::comparison_table;
use super::oid::{BPCHAR, NAME, TEXT};
use crate::engine::SqlError;
use crate::postgresql::sql::function::Function;
use crate::postgresql::sql::stop::Stop;

/// The functions that compare parts of texts.
const COMPARING: [&str; 7] =
    ["bttextcmp", "position", "replace", "split_part", "starts_with", "string_to_array", "strpos"];

/// That a function cannot be called without a collation; none if it can.
pub(crate) fn missing(function: &Function) -> Option<Stop> {
    let what = needing(function)?;
    let message = format!("could not determine which collation to use for {what}");
    let hint = "Use the COLLATE clause to set the collation explicitly.";
    Some(SqlError::error("42P22", message).hint(hint).into())
}

/// What a function needs a collation for.
fn needing(function: &Function) -> Option<String> {
    let name = function.name;
    if !matches!(function.arguments.first(), Some(&(TEXT | NAME | BPCHAR))) {
        return None;
    }
    let pattern = matches!(function.arguments, [_, TEXT]);
    let compares = || comparison_table::FUNCTIONS.iter().any(|other| other.oid == function.oid);
    let what = match name {
        "upper" | "lower" | "initcap" => return Some(format!("{name}() function")),
        _ if pattern && (name == "substring" || name.contains("regex")) => "regular expression",
        _ if pattern && (name.ends_with("iclike") || name.ends_with("icnlike")) => "ILIKE",
        _ if pattern && name.ends_with("like") => "LIKE",
        // Without a text for NULL, it does not compare.
        "string_to_array" if function.arguments.len() == 2 => return None,
        _ if COMPARING.contains(&name) || compares() => "string comparison",
        _ => return None,
    };
    Some(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::by_oid;
    use super::missing;
    use crate::postgresql::sql::stop::Stop;

    #[test]
    fn functions_say_what_they_need_a_collation_for() {
        let table = [
            (871, Some("upper() function")),
            (67, Some("string comparison")),
            (62, Some("string comparison")),
            (850, Some("LIKE")),
            (1633, Some("ILIKE")),
            (1254, Some("regular expression")),
            (2073, Some("regular expression")),
            (868, Some("string comparison")),
            (376, Some("string comparison")),
            (394, None),
            (1258, None),
            (1317, None),
            (65, None),
        ];
        for (oid, what) in table {
            let function = by_oid(oid).expect("it is a function");
            let message = missing(function).map(|stop| match stop {
                Stop::Error(error) => error.message.into_owned(),
                other => format!("{other:?}"),
            });
            let expected = what.map(|what| format!("could not determine which collation to use for {what}"));
            assert_eq!(message, expected, "{function:?}");
        }
    }
}
