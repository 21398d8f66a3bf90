//! Lists of names, as search_path and DateStyle have them.

/// The words that are quoted as names: those of `pg_get_keywords()` that are not unreserved.
const RESERVED: &str = "\
    all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean \
    both case cast char character check coalesce collate collation column concurrently constraint \
    create cross current_catalog current_date current_role current_schema current_time \
    current_timestamp current_user dec decimal default deferrable desc distinct do else end except \
    exists extract false fetch float for foreign freeze from full grant greatest group grouping having \
    ilike in initially inner inout int integer intersect interval into is isnull join json json_array \
    json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize \
    json_table json_value lateral leading least left like limit localtime localtimestamp merge_action \
    national natural nchar none normalize not notnull null nullif numeric offset on only or order out \
    outer overlaps overlay placing position precision primary real references returning right row \
    select session_user setof similar smallint some substring symmetric system_user table tablesample \
    then time timestamp to trailing treat trim true union unique user using values varchar variadic \
    verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces \
    xmlparse xmlpi xmlroot xmlserialize xmltable";

/// A name as SQL writes it: in quotes where it needs them.
pub(crate) fn quote_identifier(name: &str) -> String {
    let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let begins_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if begins_well && name.chars().all(safe) && !RESERVED.split(' ').any(|word| word == name) {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The names in a list with commas: lower case but for those in quotes; none if it is no list.
pub(crate) fn split(list: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = list.trim_start();
    if rest.is_empty() {
        return Some(names);
    }
    loop {
        let name = if let Some(quoted) = rest.strip_prefix('"') {
            let (name, behind) = unquote(quoted)?;
            rest = behind;
            name
        } else {
            let end = rest.find(|c: char| c == ',' || c.is_ascii_whitespace()).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            rest = behind;
            if name.is_empty() {
                return None;
            }
            name.to_lowercase()
        };
        names.push(name);
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(names);
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

/// What stands before the closing quote, and what behind it.
fn unquote(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"')?;
        name.push_str(before);
        match behind.strip_prefix('"') {
            Some(behind) => {
                name.push('"');
                rest = behind;
            }
            None => return Some((name, behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_where_they_must() {
        for (name, quoted) in [
            ("public", "public"),
            ("$user", "\"$user\""),
            ("Foo", "\"Foo\""),
            ("a, b", "\"a, b\""),
            ("select", "\"select\""),
            ("on", "\"on\""),
            ("x1_", "x1_"),
            ("1x", "\"1x\""),
            ("a\"b", "\"a\"\"b\""),
            ("", "\"\""),
        ] {
            assert_eq!(quote_identifier(name), quoted);
        }
    }

    #[test]
    fn lists_are_split() {
        let list = |names: &[&str]| Some(names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        for (text, names) in [
            ("", list(&[])),
            (" a ,  B", list(&["a", "b"])),
            ("\"$user\", public", list(&["$user", "public"])),
            ("\"a\"\"b, c\"", list(&["a\"b, c"])),
            ("a,,b", None),
            ("\"a", None),
            ("a b", None),
            ("\"\"", list(&[""])),
            (",", None),
        ] {
            assert_eq!(split(text), names, "{text}");
        }
    }
}
