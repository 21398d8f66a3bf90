//! What is said here PostgreSQL 18.4 said of `t (a int, b text)` and `one (a text)`.

use super::*;
use crate::engine::SqlError;
use crate::postgresql::settings::encoding::Encoding;
use crate::postgresql::sql::parse::{CopyOption, CopyValue};

fn text(value: &str) -> Option<CopyValue> {
    Some(CopyValue::Text(value.to_owned()))
}

fn options(given: &[(&str, Option<CopyValue>)], from: bool) -> Result<Options, SqlError> {
    let option = |(name, value): &(&str, Option<CopyValue>)| CopyOption {
        name: (*name).to_owned(),
        value: value.clone(),
        at: 1,
    };
    let given: Vec<_> = given.iter().map(option).collect();
    Options::parse(&given, from)
}

fn told(error: SqlError) -> String {
    let context = error.more.and_then(|more| more.context).map(|context| format!(" @ {context}"));
    format!("{} {}{}", error.code, error.message, context.unwrap_or_default())
}

/// The rows that are read when the data comes whole; it must not matter how it is cut.
fn read(options: &Options, columns: &[&str], data: &[u8]) -> Result<Vec<String>, String> {
    let whole = read_cut(options, columns, data, data.len().max(1));
    for size in 1..4 {
        assert_eq!(read_cut(options, columns, data, size), whole, "{data:?} in pieces of {size}");
    }
    whole
}

fn read_cut(options: &Options, columns: &[&str], data: &[u8], size: usize) -> Result<Vec<String>, String> {
    let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
    let mut reader = Reader::new(options.clone(), "t", columns.clone(), Encoding::utf8());
    let mut rows = Vec::new();
    let mut drain = |reader: &mut Reader| {
        while let Some(record) = reader.next().map_err(told)? {
            let field = |place| match reader.field(&record, place).map_err(told)? {
                Field::Null => Ok("NULL".to_owned()),
                Field::Default => Ok("DEFAULT".to_owned()),
                Field::Text(text) => Ok(format!("{text:?}")),
                Field::Binary(bytes) => Ok(format!("{bytes:x?}")),
            };
            let fields: Result<Vec<String>, String> = (0..columns.len()).map(field).collect();
            rows.push(fields?.join(" "));
        }
        Ok::<(), String>(())
    };
    for piece in data.chunks(size) {
        reader.push(piece);
        drain(&mut reader)?;
    }
    reader.finish();
    drain(&mut reader)?;
    Ok(rows)
}

#[test]
fn options_are_checked() {
    let some = |names: &[&str]| Some(CopyValue::Columns(names.iter().map(|&name| name.to_owned()).collect()));
    let csv = || ("format", text("csv"));
    for (given, from, answer) in [
        (vec![("format", text("junk"))], true, "22023 COPY format \"junk\" not recognized"),
        (vec![csv(), ("format", text("text"))], true, "42601 conflicting or redundant options"),
        (vec![("format", None)], true, "42601 format requires a parameter"),
        (vec![("junk", None)], true, "42601 option \"junk\" not recognized"),
        (vec![("delimiter", text("ab"))], true, "0A000 COPY delimiter must be a single one-byte character"),
        (vec![("delimiter", text("\n"))], true, "22023 COPY delimiter cannot be newline or carriage return"),
        (vec![("delimiter", text("a"))], true, "22023 COPY delimiter cannot be \"a\""),
        (
            vec![("null", text("a\n"))],
            true,
            "22023 COPY null representation cannot use newline or carriage return",
        ),
        (vec![csv(), ("delimiter", text("\""))], true, "22023 COPY delimiter and quote must be different"),
        (vec![("quote", text("x"))], true, "0A000 COPY QUOTE requires CSV mode"),
        (vec![("escape", text("x"))], true, "0A000 COPY ESCAPE requires CSV mode"),
        (
            vec![csv(), ("force_quote", some(&["a"]))],
            true,
            "0A000 COPY FORCE_QUOTE cannot be used with COPY FROM",
        ),
        (
            vec![csv(), ("force_null", some(&["a"]))],
            false,
            "22023 COPY FORCE_NULL cannot be used with COPY TO",
        ),
        (
            vec![("encoding", text("junk"))],
            true,
            "22023 argument to option \"encoding\" must be a valid encoding name",
        ),
        (vec![("header", text("maybe"))], true, "42601 header requires a Boolean value or \"match\""),
        (vec![("header", text("match"))], false, "0A000 cannot use \"match\" with HEADER in COPY TO"),
        (
            vec![("format", text("binary")), ("header", None)],
            true,
            "0A000 cannot specify HEADER in BINARY mode",
        ),
        (
            vec![("format", text("binary")), ("null", text("x"))],
            true,
            "42601 cannot specify NULL in BINARY mode",
        ),
        (
            vec![csv(), ("null", text("\""))],
            true,
            "22023 CSV quote character must not appear in the NULL specification",
        ),
        (vec![("on_error", text("junk"))], true, "22023 COPY ON_ERROR \"junk\" not recognized"),
        (vec![("on_error", text("ignore"))], false, "22023 COPY ON_ERROR cannot be used with COPY TO"),
        (
            vec![("reject_limit", text("3"))],
            true,
            "22023 COPY REJECT_LIMIT requires ON_ERROR to be set to IGNORE",
        ),
        (vec![("default", text("x"))], false, "0A000 COPY DEFAULT cannot be used with COPY TO"),
        (
            vec![("null", text("x")), ("default", text("x"))],
            true,
            "0A000 NULL specification and DEFAULT specification cannot be the same",
        ),
    ] {
        assert_eq!(options(&given, from).map_err(told), Err(answer.to_owned()));
    }
    let columns = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let forced = options(&[csv(), ("force_null", some(&["b"]))], true).expect("they are good");
    let check = |copied: &[&str]| forced.check_columns("t", Some(&columns(&["a", "b"])), &columns(copied));
    assert_eq!(check(&["a", "b"]), Ok(()));
    assert_eq!(
        check(&["a"]).map_err(told),
        Err("42P10 FORCE_NULL column \"b\" not referenced by COPY".to_owned())
    );
}

#[test]
fn text_is_read() {
    let options = options(&[], true).expect("there are none");
    let long = format!("1\t{}\ty\n", "x".repeat(300));
    let long_context =
        format!("22P04 extra data after last expected column @ COPY t, line 1: \"1\t{}...\"", "x".repeat(98));
    for (data, rows) in [
        (&b""[..], Ok(vec![])),
        (b"1\t\n", Ok(vec!["\"1\" \"\""])),
        (b"\\N\t\\N", Ok(vec!["NULL NULL"])),
        (b"1\ta\r\n", Ok(vec!["\"1\" \"a\""])),
        (b"1\ta\r2\tb\r", Ok(vec!["\"1\" \"a\"", "\"2\" \"b\""])),
        (b"1\ta\\\nb\n", Ok(vec!["\"1\" \"a\\nb\""])),
        (b"1\ta\\", Ok(vec!["\"1\" \"a\""])),
        (b"1\tx\\Ny\\x41\\101\\xg\\8\n", Ok(vec!["\"1\" \"xNyAAxg8\""])),
        (b"1\ta\n\\.\njunk", Ok(vec!["\"1\" \"a\""])),
        (b"\\.\r\n", Ok(vec![])),
        (b"1\n", Err("22P04 missing data for column \"b\" @ COPY t, line 1: \"1\"")),
        (b"1\tx\ty\n", Err("22P04 extra data after last expected column @ COPY t, line 1: \"1\tx\ty\"")),
        (long.as_bytes(), Err(long_context.as_str())),
        (b"1\tone\n2\n", Err("22P04 missing data for column \"b\" @ COPY t, line 2: \"2\"")),
        (b"1\ta\r\n2\tb\n", Err("22P04 literal newline found in data @ COPY t, line 2")),
        (b"1\ta\n2\tb\r\n", Err("22P04 literal carriage return found in data @ COPY t, line 2")),
        (b"1\ta\n\\.junk\n", Err("22P04 end-of-copy marker is not alone on its line @ COPY t, line 2")),
        (b"1\ta\\.\n2\tb\n", Err("22P04 end-of-copy marker is not alone on its line @ COPY t, line 1")),
        (b"\\.", Err("22P04 end-of-copy marker is not alone on its line @ COPY t, line 1")),
        (
            b"1\ta\n\\.\r\n",
            Err("22P04 end-of-copy marker does not match previous newline style @ COPY t, line 2"),
        ),
        (
            b"1\ta\r\n\\.\n",
            Err("22P04 end-of-copy marker does not match previous newline style @ COPY t, line 2"),
        ),
        (b"1\tx\xff\n", Err("22021 invalid byte sequence for encoding \"UTF8\": 0xff @ COPY t, line 1")),
        (
            b"1\ta\n2\tx\xff\n",
            Err("22021 invalid byte sequence for encoding \"UTF8\": 0xff @ COPY t, line 2"),
        ),
        (
            b"1\t\\xff\n",
            Err("22021 invalid byte sequence for encoding \"UTF8\": 0xff @ COPY t, line 1: \"1\t\\xff\""),
        ),
    ] {
        let rows: Result<Vec<String>, String> =
            rows.map(|rows: Vec<&str>| rows.into_iter().map(str::to_owned).collect()).map_err(str::to_owned);
        assert_eq!(read(&options, &["a", "b"], data), rows, "{:?}", String::from_utf8_lossy(data));
    }
}

#[test]
fn csv_is_read() {
    let csv = || ("format", text("csv"));
    let all = || Some(CopyValue::All);
    let plain = || vec![csv()];
    let x = || vec![csv(), ("null", text("x"))];
    for (given, columns, data, rows) in [
        (plain(), 2, "1,\"a\nb\"\n2,x\n", Ok(vec!["\"1\" \"a\\nb\"", "\"2\" \"x\""])),
        (plain(), 2, "1,\"a\"\"b\"c\n", Ok(vec!["\"1\" \"a\\\"bc\""])),
        (plain(), 2, "1,a\"b\"c\n", Ok(vec!["\"1\" \"abc\""])),
        (plain(), 2, "1,\n2,\"\"\n", Ok(vec!["\"1\" NULL", "\"2\" \"\""])),
        (plain(), 1, "a\n\\.\n\n\"b\"", Ok(vec!["\"a\"", "\"\\\\.\"", "NULL", "\"b\""])),
        (plain(), 2, "1,\"a\r\nb\"\n", Ok(vec!["\"1\" \"a\\r\\nb\""])),
        (
            vec![csv(), ("quote", text("'")), ("escape", text("\\"))],
            1,
            "'a\\'b\\c'\n",
            Ok(vec!["\"a'b\\\\c\""]),
        ),
        (x(), 1, "x\n\"x\"\n\n", Ok(vec!["NULL", "\"x\"", "\"\""])),
        (
            [x(), vec![("force_not_null", all())]].concat(),
            1,
            "x\n\"x\"\n\n",
            Ok(vec!["\"x\"", "\"x\"", "\"\""]),
        ),
        ([x(), vec![("force_null", all())]].concat(), 1, "x\n\"x\"\n\n", Ok(vec!["NULL", "NULL", "\"\""])),
        (vec![csv(), ("default", text("D"))], 1, "D\n\"D\"\n", Ok(vec!["DEFAULT", "\"D\""])),
        (vec![csv(), ("header", None)], 2, "any thing\n1,a\n", Ok(vec!["\"1\" \"a\""])),
        (vec![csv(), ("header", text("match"))], 2, "a,b\n1,a\n", Ok(vec!["\"1\" \"a\""])),
        (
            vec![csv(), ("header", text("match"))],
            2,
            "a\n1,a\n",
            Err("22P04 wrong number of fields in header line: got 1, expected 2 @ COPY t, line 1: \"a\""),
        ),
        (
            vec![csv(), ("header", text("match"))],
            1,
            "b\n",
            Err(
                "22P04 column name mismatch in header line field 1: got \"b\", expected \"a\" @ COPY t, line 1: \"b\"",
            ),
        ),
        (plain(), 2, "1,\"a", Err("22P04 unterminated CSV quoted field @ COPY t, line 1: \"1,\"a\"")),
        (
            plain(),
            2,
            "1,a\n2,\"x\n\\.\n",
            Err("22P04 unterminated CSV quoted field @ COPY t, line 4: \"2,\"x\n\\.\n\""),
        ),
        (plain(), 2, "1,a\r\n2,b\n", Err("22P04 unquoted newline found in data @ COPY t, line 2")),
    ] {
        let rows: Result<Vec<String>, String> =
            rows.map(|rows: Vec<&str>| rows.into_iter().map(str::to_owned).collect()).map_err(str::to_owned);
        let options = options(&given, true).expect("they are good");
        assert_eq!(read(&options, &["a", "b"][..columns], data.as_bytes()), rows, "{data:?}");
    }
}

#[test]
fn binary_is_read() {
    let options = options(&[("format", text("binary"))], true).expect("they are good");
    let head = b"PGCOPY\n\xff\r\n\0";
    for (data, rows) in [
        (b"".to_vec(), Err("22P04 COPY file signature not recognized")),
        (b"a lot of text".to_vec(), Err("22P04 COPY file signature not recognized")),
        (head.to_vec(), Err("22P04 invalid COPY file header (missing flags)")),
        ([head, &[0, 1, 0, 0][..]].concat(), Err("22P04 invalid COPY file header (WITH OIDS)")),
        ([head, &[0, 2, 0, 0][..]].concat(), Err("22P04 unrecognized critical flags in COPY file header")),
        ([head, &[0; 4][..]].concat(), Err("22P04 invalid COPY file header (missing length)")),
        (
            [head, &[0, 0, 0, 0, 0, 0, 0, 4][..]].concat(),
            Err("22P04 invalid COPY file header (wrong length)"),
        ),
        ([head, &[0; 9][..]].concat(), Ok(vec![])),
        ([head, &[0, 0, 0, 0, 0, 0, 0, 2, 7, 7, 255, 255][..]].concat(), Ok(vec![])),
        (
            [head, &[0; 8][..], &[255, 255, 1]].concat(),
            Err("22P04 received copy data after EOF marker @ COPY t, line 1"),
        ),
        (
            [head, &[0; 8][..], &[0, 1]].concat(),
            Err("22P04 row field count is 1, expected 2 @ COPY t, line 1"),
        ),
        (
            [head, &[0; 8][..], &[0, 2, 0, 0, 0, 4, 0]].concat(),
            Err("22P04 unexpected EOF in COPY data @ COPY t, line 1, column a"),
        ),
        (
            [head, &[0; 8][..], &[0, 2, 255, 255, 255, 254]].concat(),
            Err("22P04 invalid field size @ COPY t, line 1, column a"),
        ),
        (
            [head, &[0; 8][..], &[0, 2, 0, 0, 0, 1, 9, 255, 255, 255, 255, 255, 255]].concat(),
            Ok(vec!["[9] NULL"]),
        ),
    ] {
        let rows: Result<Vec<String>, String> =
            rows.map(|rows: Vec<&str>| rows.into_iter().map(str::to_owned).collect()).map_err(str::to_owned);
        assert_eq!(read(&options, &["a", "b"], &data), rows, "{data:?}");
    }
}

#[test]
fn rows_are_written() {
    let some = |text: &str| Some(text.to_owned());
    let write = |given: &[(&str, Option<CopyValue>)], rows: &[Vec<Option<String>>]| {
        let columns = ["a", "b,c"][..rows[0].len()].iter().map(|&name| name.to_owned()).collect();
        let options = options(given, false).expect("they are good");
        let mut writer = Writer::new(options, columns, Encoding::utf8());
        let mut out = writer.start().expect("it is UTF-8").unwrap_or_default();
        for row in rows {
            out.extend(writer.text(row).expect("it is UTF-8"));
        }
        String::from_utf8(out).expect("it is UTF-8")
    };
    let csv = || ("format", text("csv"));
    let two = [
        vec![some("1"), some("a\tb\\c\nd\re\u{8}f\u{c}g\u{b}h")],
        vec![some("2"), None],
        vec![some(""), some("a,\"b|")],
    ];
    assert_eq!(write(&[], &two), "1\ta\\tb\\\\c\\nd\\re\\bf\\fg\\vh\n2\t\\N\n\ta,\"b|\n");
    assert_eq!(write(&[("delimiter", text("|"))], &two[2..]), "|a,\"b\\|\n");
    assert_eq!(write(&[csv(), ("header", None)], &two[1..]), "a,\"b,c\"\n2,\n\"\",\"a,\"\"b|\"\n");
    assert_eq!(write(&[csv(), ("force_quote", Some(CopyValue::All))], &two[1..2]), "\"2\",\n");
    let one = [vec![some("\\.")], vec![None], vec![some("")], vec![some("a'b")]];
    assert_eq!(write(&[csv()], &one), "\"\\.\"\n\n\"\"\na'b\n");
    assert_eq!(
        write(&[csv(), ("quote", text("'")), ("escape", text("\\"))], &one),
        "'\\\\.'\n\n''\n'a\\'b'\n"
    );
    let binary = options(&[("format", text("binary"))], false).expect("they are good");
    let mut writer = Writer::new(binary.clone(), vec!["a".to_owned()], Encoding::utf8());
    assert_eq!(writer.binary(&[None]), b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\0\x01\xff\xff\xff\xff");
    assert_eq!(writer.binary(&[Some(vec![7])]), b"\0\x01\0\0\0\x01\x07");
    assert_eq!(writer.end(), Some(b"\xff\xff".to_vec()));
    let mut writer = Writer::new(binary, vec!["a".to_owned()], Encoding::utf8());
    assert_eq!(writer.end(), Some(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0\xff\xff".to_vec()));
}
