//! The forms of values beside what PostgreSQL 18 makes of the same text and the same bytes: `forms/*.tsv`, whose heads tell
//! where they come from.

use std::cmp::Ordering;

use pgconform_wire::value::bit::Bit;
use pgconform_wire::value::box_::BoxValue;
use pgconform_wire::value::circle::Circle;
use pgconform_wire::value::float_text::{float4_text, float8_text, parse_float4, parse_float8};
use pgconform_wire::value::inet::{Cidr, Inet};
use pgconform_wire::value::json::validate_json;
use pgconform_wire::value::jsonb::Jsonb;
use pgconform_wire::value::jsonpath::Jsonpath;
use pgconform_wire::value::line::Line;
use pgconform_wire::value::lseg::Lseg;
use pgconform_wire::value::macaddr::Macaddr;
use pgconform_wire::value::macaddr8::Macaddr8;
use pgconform_wire::value::money::Money;
use pgconform_wire::value::path::Path;
use pgconform_wire::value::pg_lsn::PgLsn;
use pgconform_wire::value::point::Point;
use pgconform_wire::value::polygon::Polygon;
use pgconform_wire::value::tid::Tid;
use pgconform_wire::value::tsquery::Tsquery;
use pgconform_wire::value::tsvector::Tsvector;
use pgconform_wire::value::txid_snapshot::TxidSnapshot;
use pgconform_wire::value::{
    DateOrder, DateOutput, DateStyle, Form, IntervalStyle, Invalid, Reader, Style, Utc,
};

/// The settings of a new session, under which the vectors were taken.
const STYLE: Style<'static> = Style {
    date: DateStyle { output: DateOutput::Iso, order: DateOrder::Mdy },
    interval: IntervalStyle::Postgres,
    zone: &Utc,
    extra_float_digits: 1,
    bytea_hex: true,
    now: 0,
};

/// Whether two values are equal, where that can be told.
type Same<T> = fn(&T, &T) -> Result<bool, Invalid>;

/// What to do with a type's values, beside reading and writing them.
struct Checks<T> {
    /// PostgreSQL's `<`, where the type has it.
    compare: Option<fn(&T, &T) -> Ordering>,
    /// PostgreSQL's `=` or, for geometric types that have another meaning of that, `~=`.
    same: Option<Same<T>>,
}

/// The fields of a vector: which kind it is, and what the kind says.
fn fields(line: &str) -> Vec<String> {
    let unescape = |field: &str| {
        let mut text = String::new();
        let mut characters = field.chars();
        while let Some(c) = characters.next() {
            text.push(match (c, c == '\\') {
                (_, false) => c,
                (_, true) => match characters.next() {
                    Some('t') => '\t',
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('\\') => '\\',
                    other => panic!("{other:?} is no escape: {line}"),
                },
            });
        }
        text
    };
    line.split('\t').map(unescape).collect()
}

fn bytes_of(hexadecimal: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).expect("a vector's hexadecimal digits");
    (0..hexadecimal.len()).step_by(2).map(pair).collect()
}

fn hexadecimal_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn binary<T: Form>(value: &T) -> String {
    let mut out = Vec::new();
    value.send(&mut out);
    hexadecimal_of(&out)
}

fn receive<T: Form>(hexadecimal: &str) -> Result<T, Invalid> {
    let bytes = bytes_of(hexadecimal);
    let mut reader = Reader::new(&bytes);
    let value = T::receive(&mut reader)?;
    if reader.left() > 0 {
        // Whoever calls `receive` says that, as PostgreSQL does.
        return Err(Invalid::new("22P03", "incorrect binary data format in bind parameter 1"));
    }
    Ok(value)
}

fn refusal(invalid: Invalid) -> [String; 4] {
    let text = |field: Option<String>| field.unwrap_or_default();
    [invalid.code.to_owned(), invalid.message, text(invalid.detail), text(invalid.hint)]
}

/// What the implementation makes of a vector, laid out as the vector is.
fn answer<T: Form>(given: &[String], checks: &Checks<T>) -> Vec<String> {
    let read = |text: &str| T::input(text, &STYLE);
    let good = |text: &str| read(text).expect("what PostgreSQL could compare");
    let shown = |value: Result<T, Invalid>, good: &str, bad: &str| match value {
        Ok(value) => (good.to_owned(), vec![value.output(&STYLE), binary(&value)]),
        Err(invalid) => (bad.to_owned(), refusal(invalid).to_vec()),
    };
    let arguments = |count: usize| given[1..=count].to_vec();
    let (kind, type_name, first) = (given[0].as_str(), &given[1], given[2].as_str());
    let (kind, results, taken) = match kind {
        "in" | "bad" => {
            let (kind, results) = shown(read(first), "in", "bad");
            (kind, results, 2)
        }
        "binary" | "bad-binary" => {
            let (kind, results) = shown(receive(first), "binary", "bad-binary");
            (kind, results, 2)
        }
        "order" => {
            let compare = checks.compare.unwrap_or_else(|| panic!("{type_name} has no order"));
            let order = compare(&good(first), &good(&given[3]));
            (kind.to_owned(), vec![(order as i8).to_string()], 3)
        }
        "same" | "bad-same" => {
            let same = checks.same.unwrap_or_else(|| panic!("{type_name} has no equality"));
            match same(&good(first), &good(&given[3])) {
                Ok(same) => ("same".to_owned(), vec![if same { "t" } else { "f" }.to_owned()], 3),
                Err(invalid) => ("bad-same".to_owned(), refusal(invalid).to_vec(), 3),
            }
        }
        other => panic!("{other} is no kind of vector"),
    };
    [vec![kind], arguments(taken), results].concat()
}

/// Reads back what is written, in both forms.
fn again<T: Form>(given: &[String], vectors: &str) -> Result<(), String> {
    let [_, type_name, _, text, bytes] = given else { return Err(format!("{given:?} is no such vector")) };
    let output = T::input(text, &STYLE).map(|value| value.output(&STYLE));
    if output.as_ref() != Ok(text) {
        return Err(format!("{given:?}: its output is read as {output:?}"));
    }
    // PostgreSQL does not itself read all that it sends: then there is a vector of that.
    if vectors.contains(&format!("bad-binary\t{type_name}\t{bytes}\t")) {
        return Ok(());
    }
    let received = receive::<T>(bytes).map(|value| (value.output(&STYLE), binary(&value)));
    if received == Ok((text.clone(), bytes.clone())) {
        Ok(())
    } else {
        Err(format!("{given:?} is received as {received:?}"))
    }
}

/// Compares the implementation with every vector of a type, and reads back what it writes.
fn check<T: Form + PartialEq + std::fmt::Debug>(type_name: &str, vectors: &str, checks: &Checks<T>) {
    let mut count = 0;
    let mut wrong = Vec::new();
    for line in vectors.lines().filter(|line| !line.starts_with('#')) {
        let given = fields(line);
        if given[1] != type_name {
            continue;
        }
        count += 1;
        let answer = answer(&given, checks);
        if answer != given {
            wrong.push(format!("PostgreSQL: {given:?}\n      here: {answer:?}"));
        }
        if given[0] == "in" {
            wrong.extend(again::<T>(&given, vectors).err());
        }
    }
    assert!(count >= 8, "{type_name} has {count} vectors only");
    assert!(wrong.is_empty(), "{} of {count} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Text of the case language without its escapes.
fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next() {
                Some(b'n') => b'\n',
                Some(b't') => b'\t',
                Some(b'x') => {
                    let digits: Vec<u8> = rest.by_ref().take(2).collect();
                    bytes_of(&String::from_utf8_lossy(&digits))[0]
                }
                Some(byte) => byte,
                None => panic!("{text} ends in a backslash"),
            },
            byte => byte,
        });
    }
    bytes
}

/// The examples of the type's case: the text given, the text and the bytes that it is.
fn examples(type_name: &str) -> Vec<[Vec<u8>; 3]> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases/postgresql-types");
    let case = std::fs::read_to_string(format!("{folder}/{type_name}.case")).expect("the type's case");
    let rows = case.lines().filter_map(|line| line.strip_prefix('|')).skip(1);
    rows.map(|row| {
        let bar = "\u{1}";
        let row = row.replace("\\|", bar);
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().replace(bar, "|")).collect();
        let quoted = |cell: &str| unescaped(&cell[1..cell.len() - 1]);
        [unescaped(&cells[1]), quoted(&cells[2]), quoted(&cells[3])]
    })
    .collect()
}

/// Compares the implementation with the examples of the type's case.
fn check_case<T: Form>(type_name: &str) {
    // The one type has the form of the other, and no case of its own.
    let name = if type_name == "pg_snapshot" { "txid_snapshot" } else { type_name };
    let examples = examples(name);
    assert!(!examples.is_empty());
    for [given, text, bytes] in examples {
        let given = String::from_utf8(given).expect("a text");
        let value = T::input(&given, &STYLE).unwrap_or_else(|invalid| panic!("{given}: {invalid}"));
        assert_eq!(value.output(&STYLE).into_bytes(), text, "{given}");
        assert_eq!(binary(&value), hexadecimal_of(&bytes), "{given}");
        let received =
            receive::<T>(&hexadecimal_of(&bytes)).unwrap_or_else(|invalid| panic!("{given}: {invalid}"));
        assert_eq!(received.output(&STYLE).into_bytes(), text, "{given}");
    }
}

/// A test of a type: its name in the vectors, its file of vectors, the Rust type, its order and its equality.
macro_rules! types {
    ($($test:ident: $file:literal $name:literal $type:ty, $compare:expr, $same:expr;)*) => {$(
        #[test]
        fn $test() {
            let checks: Checks<$type> = Checks { compare: $compare, same: $same };
            check($name, include_str!(concat!("forms/", $file, ".tsv")), &checks);
            check_case::<$type>($name);
        }
    )*};
}

types! {
    bit: "bits" "varbit" Bit, Some(Bit::compare), None;
    money: "bits" "money" Money, Some(Money::compare), None;
    inet: "network" "inet" Inet, Some(Inet::compare), None;
    cidr: "network" "cidr" Cidr, Some(Cidr::compare), None;
    macaddr: "network" "macaddr" Macaddr, Some(Macaddr::compare), None;
    macaddr8: "network" "macaddr8" Macaddr8, Some(Macaddr8::compare), None;
    point: "geometry" "point" Point, None, Some(|a, b| Ok(a.same(b)));
    line: "geometry" "line" Line, None, Some(Line::same);
    lseg: "geometry" "lseg" Lseg, None, Some(|a, b| Ok(a.same(b)));
    box_value: "geometry" "box" BoxValue, None, Some(|a, b| Ok(a.same(b)));
    path: "geometry" "path" Path, None, None;
    polygon: "geometry" "polygon" Polygon, None, Some(|a, b| Ok(a.same(b)));
    circle: "geometry" "circle" Circle, None, Some(|a, b| Ok(a.same(b)));
    pg_lsn: "bits" "pg_lsn" PgLsn, Some(PgLsn::compare), None;
    tid: "bits" "tid" Tid, Some(Tid::compare), None;
    txid_snapshot: "bits" "txid_snapshot" TxidSnapshot, None, None;
    jsonpath: "jsonpath" "jsonpath" Jsonpath, None, None;
    jsonb: "jsonb" "jsonb" Jsonb, Some(Jsonb::compare), None;
    tsvector: "tsvector" "tsvector" Tsvector, Some(Tsvector::compare), None;
    tsquery: "tsquery" "tsquery" Tsquery, Some(Tsquery::compare), None;
    pg_snapshot: "bits" "pg_snapshot" TxidSnapshot, None, None;
}

/// `json` has no value of its own: it stays the text that it is.
#[test]
fn json() {
    for [given, text, bytes] in examples("json") {
        assert_eq!((&given, &given), (&text, &bytes));
        assert_eq!(validate_json(std::str::from_utf8(&given).unwrap()), Ok(()));
    }
    let mut count = 0;
    for line in include_str!("forms/json.tsv").lines().filter(|line| !line.starts_with('#')) {
        let given = fields(line);
        let bytes =
            if given[0].ends_with("binary") { bytes_of(&given[2]) } else { given[2].clone().into_bytes() };
        // That a text is UTF-8 is to be seen before it is looked at as JSON.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let answer = match validate_json(&text) {
            Ok(()) => vec![text.clone(), hexadecimal_of(text.as_bytes())],
            Err(invalid) => refusal(invalid).to_vec(),
        };
        assert_eq!(answer, given[3..], "{text:?}");
        count += 1;
    }
    assert!(count > 100);
}

/// The operators of `jsonb`.
#[test]
fn jsonb_operators() {
    let read = |text: &str| Jsonb::input(text, &STYLE).unwrap();
    let truth = |value: bool| Some(if value { "t" } else { "f" }.to_owned());
    let shown = |value: Option<&Jsonb>| value.map(Jsonb::to_string);
    let mut count = 0;
    for line in include_str!("forms/jsonb_operators.tsv").lines().filter(|line| !line.starts_with('#')) {
        let given = fields(line);
        let (value, argument) = (read(&given[2]), given[3].as_str());
        let path: Vec<&str> =
            argument.trim_matches(['{', '}']).split(',').map(|step| step.trim_matches('"')).collect();
        let answer = match given[0].as_str() {
            "get" => shown(value.get(argument)),
            "get-text" => value.get(argument).and_then(Jsonb::text),
            "element" => shown(value.element(argument.parse().unwrap())),
            "path" if argument == "{}" => shown(value.at_path(&[])),
            "path" => shown(value.at_path(&path)),
            "exists" => truth(value.exists(argument)),
            "contains" => truth(value.contains(&read(argument))),
            other => panic!("{other} is no operator"),
        };
        let answer = answer.map_or("none".to_owned(), |text| format!("={text}"));
        assert_eq!(answer, given[4], "{line}");
        count += 1;
    }
    assert!(count > 500);
}

/// `bit(n)` and `bit varying(n)`: with 3 bits and with 8, what PostgreSQL 18 answered to `INSERT` and to a cast.
#[test]
fn bits_of_a_length() {
    let bit = |text: &str| Bit::input(text, &STYLE).unwrap();
    check_case::<Bit>("bit");
    assert_eq!(bit("101").fixed(3, false), Ok(bit("101")));
    assert_eq!(
        bit("101").fixed(5, false).unwrap_err(),
        Invalid::new("22026", "bit string length 3 does not match type bit(5)")
    );
    assert_eq!(bit("101").fixed(5, true), Ok(bit("10100")));
    assert_eq!(bit("11111111").fixed(3, true), Ok(bit("111")));
    assert_eq!(bit("101").varying(5, false), Ok(bit("101")));
    assert_eq!(bit("101").varying(5, true), Ok(bit("101")));
    assert_eq!(bit("11111111").varying(3, true), Ok(bit("111")));
    assert_eq!(
        bit("11111111").varying(3, false).unwrap_err(),
        Invalid::new("22001", "bit string too long for type bit varying(3)")
    );
}

/// Nobody makes the stack overflow: not by nesting, and not by a long row of operators.
#[test]
fn depth_is_limited() {
    fn code<T: Form>(text: &str) -> Option<&'static str> {
        T::input(text, &STYLE).err().map(|invalid| invalid.code)
    }
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    assert_eq!(code::<Jsonb>(&nested("[", "", "]", 190)), None);
    assert_eq!(code::<Jsonb>(&nested("{\"a\":", "1", "}", 190)), None);
    assert_eq!(code::<Jsonb>(&nested("[", "", "]", 1_000_000)), Some("54001"));
    assert_eq!(code::<Jsonb>(&nested("{\"a\":", "1", "}", 100_000)), Some("54001"));
    for (open, close) in [("(", ")"), ("!", "")] {
        assert_eq!(code::<Tsquery>(&nested(open, "a", close, 190)), None);
        assert_eq!(code::<Tsquery>(&nested(open, "a", close, 100_000)), Some("54001"));
    }
    assert_eq!(code::<Tsquery>(&nested("a&", "a", "", 190)), None);
    assert_eq!(code::<Tsquery>(&nested("a&", "a", "", 100_000)), Some("54001"));
    for (open, inner, close) in
        [("(", "$", ")"), ("-", "$", ""), ("1+", "1", ""), ("$[", "0", "]"), ("$?(1==", "1", ")")]
    {
        assert_eq!(code::<Jsonpath>(&nested(open, inner, close, 20)), None, "{open}");
        assert_eq!(code::<Jsonpath>(&nested(open, inner, close, 100_000)), Some("54001"), "{open}");
    }
    let bytes: Vec<u8> =
        [100_001u32.to_be_bytes().to_vec(), [2, 1].repeat(100_000), vec![1, 0, 0, b'a', 0]].concat();
    assert_eq!(Tsquery::receive(&mut Reader::new(&bytes)).unwrap_err().code, "54001");
}

/// Floating-point numbers, whose digits Rust does not choose as PostgreSQL does.
#[test]
fn float_text() {
    let mut count = 0;
    for line in include_str!("forms/float_text.tsv").lines().filter(|line| !line.starts_with('#')) {
        let given = fields(line);
        let bits = u64::from_str_radix(&given[1], 16).unwrap();
        let texts = if given[0] == "float8" {
            let value = f64::from_bits(bits);
            assert_eq!(parse_float8(&given[2]).map(f64::to_bits), Ok(bits), "{line}");
            [1, 0, -5].map(|digits| float8_text(value, digits))
        } else {
            let bits = u32::try_from(bits).unwrap();
            assert_eq!(parse_float4(&given[2]).map(f32::to_bits), Ok(bits), "{line}");
            [1, 0, -8].map(|digits| float4_text(f32::from_bits(bits), digits))
        };
        assert_eq!(texts, given[2..], "{line}");
        count += 1;
    }
    assert!(count > 100);
}
