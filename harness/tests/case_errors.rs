//! Everything that is wrong with a case is refused, with its line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use pgconform::case::{Case, format};
use support::HEAD;

/// Asserts that a case with this text is refused with this message.
#[track_caller]
fn refused(text: &str, message: &str) {
    match Case::parse("x/y", "y.case", text) {
        Ok(_) => panic!("accepted: {text}"),
        Err(error) => assert_eq!(error.to_string(), message, "{text}"),
    }
    assert!(format("y.case", text).is_err());
}

/// Asserts that a case with this body, whose first line is line 3, is refused with a message that begins so.
#[track_caller]
fn refused_with(body: &str, beginning: &str) {
    let error = Case::parse("x/y", "y.case", &format!("{HEAD}{body}\n")).unwrap_err().to_string();
    assert!(error.starts_with(beginning), "{error}");
}

#[test]
fn heads() {
    refused("clause a\nlogin\n", "y.case:1: a case begins with a comment that says what it shows");
    refused("# T.\nlogin\n", "y.case: no `clause` line: a case stands on at least one");
    refused("# T.\nclause a\n", "y.case: no steps");
    for (line, message) in [
        ("clause b", "a second `clause` line"),
        ("level", "`level` says nothing"),
        ("level often", "no level is `often`: one of `must`, `should`, `may`"),
        ("needs tls", "`tls` is not NAME=VALUE"),
        ("needs tls=maybe", "no `tls` is `maybe`: one of `refused`, `offered`, `required`"),
        ("needs tls=", "no `tls` is ``: one of `refused`, `offered`, `required`"),
        ("needs tls=refused tls=offered", "`tls` is named twice: tls=a|b means either"),
        ("wild many", "`many` is no number"),
        ("wild 27,", "`` is no number"),
        ("since +14", "`+14` is no number"),
        ("client psql psql", "`psql psql` is no name: names stand with commas between them"),
        ("client psql, psql", "`psql` is named twice"),
        ("timeout 2", "`2` is no duration such as 200ms or 2s"),
        ("timeout 0s", "`0s` is no duration such as 200ms or 2s"),
        ("examples now", "`examples` stands alone: its rows are the lines that follow"),
        ("| a |", "a row stands below an `examples` line"),
        ("examples", "a table needs a row of column names and a row for each case"),
    ] {
        refused(&format!("{HEAD}{line}\nlogin\n"), &format!("y.case:3: {message}"));
    }
    refused(
        &format!("{HEAD}login\nlevel must\n"),
        "y.case:4: `level` belongs to the head, before the first step",
    );
    refused(&format!("{HEAD}since 15\nuntil 14\nlogin\n"), "y.case:4: since 15 until 14 is never");
    refused_with(
        "needs tsl=refused\nlogin",
        "y.case:3: no capability `tsl`: one of `dialect`, `protocol`, `tls`, ",
    );
    refused_with("clauses b\nlogin", "y.case:3: no line begins with `clauses`: one of `F`, `B`, ");
}

#[test]
fn examples() {
    for (table, message) in [
        ("| name | sql |\n| a |", "5: 1 cells in a table of 2 columns"),
        ("| name | sql |\n| a | b", "5: a row ends with a `|`"),
        ("| name | name |", "4: a second column `name`"),
        ("| name | |", "4: `` names no column: letters, digits, `_`, `.`, `-`"),
        ("| name | sql |", "3: a table needs a row of column names and a row for each case"),
        (
            "| name | sql |\n| \"a\" | b |",
            "5: `\"a\"` names no case: the first cell is letters, digits, `_`, `.`, `-`",
        ),
        ("| name | sql |\n| a | b |\n| a | c |", "6: a second row `a`: the first is on line 5"),
        ("| name | sql | code |\n| a | b | c |", "4: no step uses `<code>`"),
        (
            "| name |\n| a |",
            "6: column 9: `<...>` names a column of `examples`, and there is none of this name \
             (example `a`, line 5)",
        ),
        (
            "| name | sql |\n| a | b c |",
            "6: `c` is one field more than Query has (fields: query) (example `a`, line 5)",
        ),
    ] {
        refused(&format!("{HEAD}examples\n{table}\nF Query <sql>\n"), &format!("y.case:{message}"));
    }
}

#[track_caller]
fn refused_steps(steps: &[(&str, &str)]) {
    for (step, message) in steps {
        refused(&format!("{HEAD}{step}\n"), &format!("y.case:3: {message}"));
    }
}

#[test]
fn tokens() {
    refused_steps(&[
        ("login \"x", "column 7: the quote is not closed"),
        ("  F Query \"x\\", "column 11: the quote is not closed"),
        ("F Query \"x\\\"", "column 9: the quote is not closed"),
        (
            "F Query \"\\q\"",
            "column 9: no escape is `\\q`: one of `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t`, `\\x00`",
        ),
        ("F Query \"\\x+1\"", "column 9: `\\x` takes two hexadecimal digits"),
        ("F Query é", "column 9: `é` begins no word: text stands in quotes"),
        ("F Query x # why", "column 11: a comment is a line of its own"),
        ("F Query \"a\"\"b\"", "column 12: a space is missing before this"),
        ("F Query query= x", "column 14: a value stands right behind this"),
        ("F Query query =x", "column 15: a value is missing before this"),
        ("F Query query=", "column 14: a value stands right behind this"),
        ("F Query ]", "column 9: a value is missing before this"),
        ("F Query \"\\xff\"=1", "column 9: a name is UTF-8"),
        ("F Query [1]=1", "column 12: a space is missing before this"),
        ("F Query @user=1", "column 9: this is no name"),
        ("F Bind values=[1", "column 15: the `[` is not closed"),
        ("F Bind values=[a=1]", "column 15: an item of a list has no name: `a`"),
        ("F Query \"a\" * 2", "column 13: `*` repeats an item of a list, in its brackets"),
        ("F Bind values=[* 2]", "column 16: `*` repeats an item of a list, in its brackets"),
        ("F Bind values=[null* 2]", "column 20: a space is missing before this"),
        ("F Bind values=[null *2]", "column 21: a space and a number up to 65535 stand behind `*`"),
        ("F Bind values=[null * x]", "column 21: a space and a number up to 65535 stand behind `*`"),
        ("F Bind values=[null *]", "column 21: a space and a number up to 65535 stand behind `*`"),
        ("F Bind values=[null * 0]", "column 21: a space and a number up to 65535 stand behind `*`"),
        ("F Bind values=[null * 65536]", "column 21: a space and a number up to 65535 stand behind `*`"),
        ("F Query @", "column 9: `@` begins the name of an input"),
        (
            "F Query @usr",
            "column 9: no input is `@usr`: one of `@user`, `@database`, `@password`, `@address`, \
             `@certificate.NAME`, `@key.NAME`, `@sql.NAME`, `@backend.process`, `@backend.key`, `@md5.answer`, `@scram.NAME`",
        ),
        (
            "B BackendKeyData key=<masked>",
            "column 22: a transcript masks secrets: say what is meant, or leave the field out",
        ),
    ]);
}

#[test]
fn messages() {
    refused_steps(&[
        ("F", "`F` takes the name of a message, or `hex`"),
        ("F \"Query\"", "column 3: a message has a name"),
        ("F query", "no message is called `query`: `Query` is"),
        ("F ReadyForQuery", "the other side sends ReadyForQuery: it stands on `B` lines"),
        ("B Query", "the other side sends Query: it stands on `F` lines"),
        ("F Query qery=\"SELECT 1\"", "Query has no field `qery` (fields: query)"),
        ("F Sync 1", "`1` is one field more than Sync has (no fields)"),
        ("F Query a b", "`b` is one field more than Query has (fields: query)"),
        ("F Parse query=a b", "`b` has no name, and follows a field that has one"),
        ("F Parse a statement=b", "`statement` is given twice"),
        ("F Query null", "query: this is never NULL"),
        ("B CommandComplete null", "tag: this is never NULL"),
        ("F Query [1]", "query: `[1]` is no text"),
        ("F Bind \"\" \"\" 1 2", "`formats` is a list: [1]"),
        ("F Bind values=1", "`values` is a list: [1]"),
        ("F Bind formats=[40000]", "formats: `40000` is no Int16"),
        ("F Bind formats=[{a=1}]", "`{a=1}` has fields, an item of `formats` has none"),
        ("F Execute \"\" \"1\"", "max_rows: `\"1\"` is no Int32"),
        ("F Parse \"\" x -1", "types: `-1` is no object identifier"),
        ("F Describe portal x", "target: `portal` is no single character"),
        ("F StartupMessage version=3", "version: `3` is no protocol version such as 3.0"),
        ("F StartupMessage 3.0 x", "`x` needs a name"),
        ("F Query ~\"x\"", "`~\"x\"` compares, and here something is sent"),
        ("F Bind values=[~\"x\"]", "`~\"x\"` compares, and here something is sent"),
        ("B DataRow ~x", "column 11: `~` compares with a text in quotes"),
        ("B BackendKeyData process~\"1\"", "process: `~` compares texts, and this is none"),
        ("B AuthenticationMD5Password salt=\"abc\"", "salt: `\"abc\"` is not four bytes"),
        ("B RowDescription id", "`id` stands for an item of `columns`, which has fields: {...}"),
        (
            "B RowDescription {nme=id}",
            "columns has no field `nme` (fields: name, table, number, type, size, modifier, format)",
        ),
        ("B RowDescription {type=int}", "columns: type: `int` is no object identifier"),
        ("B DataRow values=[[1]]", "values: `[1]` is no text"),
        ("F hex 5", "column 7: this is not hexadecimal, two digits for each byte"),
        ("F hex", "`hex` takes bytes in hexadecimal"),
        ("B hex zz", "column 7: this is not hexadecimal, two digits for each byte"),
    ]);
    refused_with("B ErrorResponse cod=22012", "y.case:3: no field of a report is `cod`: one of severity, ");
    refused_with("F Qury", "y.case:3: no message is called `Qury`: one of `Bind`, `CancelRequest`, ");
}

/// What is wrong with a `B?` behind which nothing is due.
const WAITS: &str = "`B?` waits until something comes, a whole time-out where nothing does: the next step of its \
                     connection must be a `B` line or `closed`, so that something is due, or else `close` or `reset`";

#[test]
fn steps() {
    refused_steps(&[
        ("F: Sync", "`` names no connection"),
        ("split 1", "`split` is for an `F` line, which must follow"),
        ("split 1\nB ReadyForQuery", "`split` is for an `F` line, which must follow"),
        ("split 1\nsplit 2\nF Sync", "`split` is for an `F` line, which must follow"),
        ("split:b 1\nF Sync", "`split` is for the next `F` line, which names the connection"),
        ("split\nF Sync", "`split` takes the offsets at which to cut"),
        ("split 2 2\nF Sync", "column 9: offsets are numbers above 0, and ascend"),
        ("split 5\nF Sync", "a cut at 5 in a frame of 5 bytes"),
        ("login alice", "`alice` has no name: `login` takes startup parameters"),
        ("login user~\"x\"", "`user~\"x\"` compares, and here something is sent"),
        ("login version=x", "version: `x` is no protocol version such as 3.0"),
        ("tls version=1.0", "no TLS version is `1.0`: `1.1`, `1.2` or `1.3`"),
        ("tls version=1.1", "TLS 1.1 can only be `refused`"),
        (
            "tls certificate=mine",
            "no client certificate is `mine`: one of `client`, `client-other`, `client-untrusted`",
        ),
        (
            "tls now",
            "`tls` takes `refused`, `version=1.2`, `alpn=postgresql`, `certificate=client`, and not `now`",
        ),
        ("tls alpn=a alpn=b", "`alpn=b` is given twice"),
        ("closed now", "`closed` stands alone"),
        ("silence", "`silence` takes a duration such as 200ms or 2s"),
        ("silence long", "`long` is no duration such as 200ms or 2s"),
        ("B ...", "`B ...` goes up to a message: the next line must be the `B` line that names it"),
        ("B ...\nB hex 00", "`B ...` goes up to a message: the next line must be the `B` line that names it"),
        (
            "B ...\nB:b ReadyForQuery",
            "`B ...` goes up to a message: the next line must be the `B` line that names it",
        ),
        (
            "B ...\nF Sync\nB ReadyForQuery",
            "`B ...` goes up to a message: the next line must be the `B` line that names it",
        ),
        ("B? NoticeResponse", WAITS),
        ("B? NoticeResponse\nF Sync\nB ReadyForQuery", WAITS),
        ("B? NoticeResponse\nsilence 1s\nclosed", WAITS),
        ("B? NoticeResponse\nB:b ReadyForQuery\nlogin", WAITS),
        ("C query", "`C` and `=` lines need a `client` line in the head"),
        ("= rows", "`C` and `=` lines need a `client` line in the head"),
        ("C", "`C` takes a name and its fields"),
        ("C query x~\"y\"", "`x~\"y\"` compares, and here something is sent"),
    ]);
}

#[test]
fn scenarios() {
    for (body, message) in [
        ("login\nC query", "4: a case for real clients has `C`, `=` and `silence` lines only"),
        ("silence 1s", "3: a case for real clients asks something of them: no `C` line"),
        ("= rows\nC query", "4: `=` is the outcome of a `C` line, and there is none before it"),
        ("C:b query", "4: a real client has no connections with names"),
    ] {
        refused(&format!("{HEAD}client any\n{body}\n"), &format!("y.case:{message}"));
    }
}
