//! What PostgreSQL 18 says to text that is no statement, and what ours become.

use super::*;

/// The error, as PostgreSQL 18 tells it: message and position.
const WRONG: &[(&str, &str, usize)] = &[
    ("selec 1", "syntax error at or near \"selec\"", 1),
    ("select {d '2020-01-02'}", "syntax error at or near \"{\"", 8),
    ("select 1 1a", "trailing junk after numeric literal at or near \"1a\"", 10),
    ("select 'abc", "unterminated quoted string at or near \"'abc\"", 8),
    ("select \"abc", "unterminated quoted identifier at or near \"\"abc\"", 8),
    ("select $$abc", "unterminated dollar-quoted string at or near \"$$abc\"", 8),
    ("/* x", "unterminated /* comment at or near \"/* x\"", 1),
    ("select 1 +", "syntax error at end of input", 11),
    ("select (1", "syntax error at end of input", 10),
    ("fetch", "syntax error at end of input", 6),
    ("declare c cursor", "syntax error at end of input", 17),
    ("begin foo", "syntax error at or near \"foo\"", 7),
    ("set x", "syntax error at end of input", 6),
    ("select * from", "syntax error at end of input", 14),
    ("notify", "syntax error at end of input", 7),
    ("prepare s as foo", "syntax error at or near \"foo\"", 14),
    ("listen \"\"", "zero-length delimited identifier at or near \"\"\"\"", 8),
    ("savepoint 1", "syntax error at or near \"1\"", 11),
    ("copy t from", "syntax error at end of input", 12),
    ("fetch foo from bar", "syntax error at or near \"from\"", 11),
    ("select 1; selec 2", "syntax error at or near \"selec\"", 11),
    ("select 1 +; select 2", "syntax error at or near \";\"", 11),
];

#[test]
fn errors_are_postgresqls() {
    for (text, message, position) in WRONG {
        let error = parse(text, true).expect_err(text);
        assert_eq!((&*error.message, error.position), (*message, Some(*position)), "{text}");
    }
}

#[test]
fn statements_know_where_they_stand() {
    let text = " select 1 ; ; /* two */ begin;";
    let found: Vec<_> = parse(text, true).unwrap().into_iter().map(|parsed| &text[parsed.range]).collect();
    assert_eq!(found, ["select 1", "begin"]);
    assert!(parse(" ; -- nothing\n;", true).unwrap().is_empty());
}

#[test]
fn names_have_no_case_and_63_bytes() {
    assert_eq!(identifier("ABC", false), "abc");
    assert_eq!(identifier("ABC", true), "ABC");
    assert_eq!(identifier(&"ä".repeat(40), true), "ä".repeat(31));
}

#[test]
fn strings_may_have_escapes() {
    let notify = |text, standard| match &parse(text, standard).unwrap()[0].statement {
        Statement::Notify { payload, .. } => payload.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(notify(r"notify a, 'b\\c'", true), r"b\\c");
    assert_eq!(notify(r"notify a, 'b\\c'", false), r"b\c");
}

#[test]
fn fetch_goes_every_way() {
    let direction = |text| match &parse(text, true).unwrap()[0].statement {
        Statement::Fetch { direction, .. } => *direction,
        other => panic!("{other:?}"),
    };
    let all = [
        ("fetch c", Direction::Forward(1)),
        ("fetch all", Direction::Forward(1)),
        ("fetch all c", Direction::ForwardAll),
        ("fetch -2 from c", Direction::Forward(-2)),
        ("fetch backward 3 in c", Direction::Forward(-3)),
        ("fetch backward all c", Direction::BackwardAll),
        ("fetch last from c", Direction::Absolute(-1)),
        ("move relative 2 c", Direction::Relative(2)),
    ];
    for (text, expected) in all {
        assert_eq!(direction(text), expected, "{text}");
    }
}
