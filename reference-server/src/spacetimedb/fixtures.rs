//! The databases that cases run on.

use super::catalog;
use super::identity::Identity;
use super::number::Integer;
use super::schema::{Schema, Table};
use super::types::Type;
use super::value::{Row, Value};
use crate::token::ISSUER;
use std::sync::OnceLock;

/// The names of the fixtures.
pub(crate) const NAMES: &[&str] = &["quickstart-chat", "types"];

/// The identity in the document's example.
pub(crate) const DOCUMENT_SENDER: Identity = Identity([
    0xc2, 0x00, 0xda, 0x2d, 0x6d, 0xdb, 0x6c, 0x0b, 0xee, 0xf0, 0xbb, 0xaa, 0xfa, 0xcf, 0xfe, 0x5f, 0x06,
    0x49, 0xc8, 0x6b, 0x8d, 0x19, 0x41, 0x1e, 0x32, 0x19, 0x06, 0x6a, 0x6d, 0x0e, 0x51, 0x23,
]);

/// When the message in the document's example was sent: 2025-09-29T22:29:14.271647+00:00.
const DOCUMENT_SENT: i64 = 1_759_184_954_271_647;

/// The tables of a fixture.
pub(crate) fn named(name: &str) -> Option<&'static [Table]> {
    static CHAT: OnceLock<Vec<Table>> = OnceLock::new();
    static TYPES: OnceLock<Vec<Table>> = OnceLock::new();
    match name {
        "quickstart-chat" => Some(CHAT.get_or_init(|| numbered(quickstart_chat()))),
        "types" => Some(TYPES.get_or_init(|| numbered(types()))),
        _ => None,
    }
}

fn numbered(tables: Vec<(Schema, Vec<Row>)>) -> Vec<Table> {
    let table = |(at, (schema, rows))| Table::new(Schema { id: catalog::user_table_id(at), ..schema }, rows);
    tables.into_iter().enumerate().map(table).collect()
}

/// The database of the document's examples.
fn quickstart_chat() -> Vec<(Schema, Vec<Row>)> {
    let sender = || Value::Bytes(DOCUMENT_SENDER.0.to_vec());
    let message = Schema::new(
        "message",
        &[("sender", Type::Identity), ("sent", Type::Timestamp), ("text", Type::String)],
    );
    let user = Schema::new(
        "user",
        &[("identity", Type::Identity), ("name", Type::option(Type::String)), ("online", Type::Bool)],
    )
    .primary_key(0);
    vec![
        (message, vec![vec![sender(), Value::Micros(DOCUMENT_SENT), Value::string("hello")]]),
        (user, vec![vec![sender(), Value::some(Value::string("alice")), Value::Bool(true)]]),
    ]
}

/// A table of one column `value` a type, then the tables of the product's smoketests, then tables for the rules of
/// access and of constraints.
fn types() -> Vec<(Schema, Vec<Row>)> {
    let mut tables = integers();
    tables.extend(scalars());
    tables.extend(composites());
    tables.extend(arrays());
    tables.extend(smoketests());
    tables.extend(rules());
    tables
}

/// A table of one column, with an `id` to name its rows by.
fn of(name: &'static str, ty: Type, values: impl IntoIterator<Item = Value>) -> (Schema, Vec<Row>) {
    let schema = Schema::new(name, &[("id", Type::U32), ("value", ty)]).primary_key(0);
    let row = |(at, value): (usize, Value)| vec![Value::integer(at as u64 + 1), value];
    (schema, values.into_iter().enumerate().map(row).collect())
}

fn integers() -> Vec<(Schema, Vec<Row>)> {
    let table = |name, signed, bits| {
        let bound = |least| Value::Integer(Integer::bound(signed, bits, least));
        let middle =
            if signed { [Value::integer(-1), Value::integer(0)] } else { [1, 105].map(Value::integer) };
        let [a, b] = middle;
        of(name, Type::Integer { signed, bits }, [bound(true), a, b, bound(false)])
    };
    vec![
        table("t_u8", false, 8),
        table("t_u16", false, 16),
        table("t_u32", false, 32),
        table("t_u64", false, 64),
        table("t_u128", false, 128),
        table("t_u256", false, 256),
        table("t_i8", true, 8),
        table("t_i16", true, 16),
        table("t_i32", true, 32),
        table("t_i64", true, 64),
        table("t_i128", true, 128),
        table("t_i256", true, 256),
    ]
}

/// Strings that JSON, arrays and terminals have to be careful with.
const STRINGS: [&str; 7] =
    ["", "a \"quoted\" word", "back\\slash", "two\nlines\tand a tab", "snowman ☃, é, 日本", "NULL", "{a,b}"];

fn scalars() -> Vec<(Schema, Vec<Row>)> {
    let floats = [0.0, -0.0, 1.0, -1.5, 0.000_01, 1e15, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let singles = floats.map(Value::F32).into_iter();
    let doubles = [0.0, -0.0, 1.0, -1.5, 0.000_01, 1e15, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let doubles = doubles.map(Value::F64).into_iter();
    let counting: Vec<u8> = (0..=255).collect();
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    let micros = |values: &[i64]| values.iter().copied().map(Value::Micros).collect::<Vec<_>>();
    let hour = 3_600_000_000;
    vec![
        of("t_bool", Type::Bool, [Value::Bool(true), Value::Bool(false)]),
        of("t_f32", Type::F32, singles.chain([f32::MAX, f32::MIN_POSITIVE, 594_806.56].map(Value::F32))),
        of("t_f64", Type::F64, doubles.chain([f64::MAX, f64::MIN_POSITIVE, 1e300].map(Value::F64))),
        of("t_string", Type::String, STRINGS.map(Value::string)),
        of("t_bytes", Type::Bytes, [bytes(b""), bytes(b"test"), bytes(&counting)]),
        of("t_identity", Type::Identity, [bytes(&[0; 32]), bytes(&DOCUMENT_SENDER.0), bytes(&[255; 32])]),
        of(
            "t_connection_id",
            Type::ConnectionId,
            [bytes(&[0; 16]), bytes(&counting[..16]), bytes(&[255; 16])],
        ),
        of(
            "t_timestamp",
            Type::Timestamp,
            micros(&[
                0,
                DOCUMENT_SENT,
                1_622_545_800_000,
                -1,
                253_402_300_799_999_999,
                253_402_300_800_000_000,
            ]),
        ),
        of(
            "t_duration",
            Type::Duration,
            micros(&[0, 1, 1_500_000, 10_000_000, -10_000_000, 24 * hour, 1000 * hour]),
        ),
        of("t_uuid", Type::Uuid, [bytes(&[0; 16]), bytes(&counting[..16]), bytes(&[255; 16])]),
    ]
}

fn point() -> Type {
    Type::product(&[("x", Type::F64), ("y", Type::F64)])
}

fn composites() -> Vec<(Schema, Vec<Row>)> {
    let shape = Type::sum(&[
        ("Circle", Type::product(&[("center", point()), ("radius", Type::F32)])),
        ("Label", Type::String),
        ("Nothing", Type::UNIT),
    ]);
    let at = |x: f64, y: f64| Value::Product(vec![Value::F64(x), Value::F64(y)]);
    let circle = Value::Product(vec![at(1.0, -2.5), Value::F32(0.5)]);
    let sum = |tag, value| Value::Sum(tag, Box::new(value));
    let person = Type::product(&[
        ("name", Type::String),
        ("at", point()),
        ("email", Type::option(Type::String)),
        ("tags", Type::array(Type::String)),
    ]);
    let people = STRINGS.map(|name| {
        let email = if name.is_empty() { Value::none() } else { Value::some(Value::string(name)) };
        let tags = Value::Array(vec![Value::string(name), Value::string("b")]);
        Value::Product(vec![Value::string(name), at(f64::NAN, f64::NEG_INFINITY), email, tags])
    });
    vec![
        of("t_sum", shape, [sum(0, circle), sum(1, Value::string(STRINGS[1])), Value::variant(2)]),
        of("t_option", Type::option(Type::U32), [Value::none(), Value::some(Value::integer(1))]),
        of(
            "t_option_special",
            Type::option(Type::Identity),
            [Value::none(), Value::some(Value::Bytes(DOCUMENT_SENDER.0.to_vec()))],
        ),
        of(
            "t_result",
            Type::result(Type::I32, Type::String),
            [sum(0, Value::integer(1)), sum(1, Value::string("error"))],
        ),
        of(
            "t_schedule_at",
            Type::schedule_at(),
            [sum(0, Value::Micros(10_000_000)), sum(1, Value::Micros(DOCUMENT_SENT))],
        ),
        of("t_product", point(), [at(1.0, 2.5), at(-0.0, 1e300)]),
        of("t_product_nested", person, people),
        of("t_unit", Type::UNIT, [Value::UNIT]),
    ]
}

fn arrays() -> Vec<(Schema, Vec<Row>)> {
    /// Of no, one and three elements.
    fn table(name: &'static str, element: Type, values: [Value; 3]) -> (Schema, Vec<Row>) {
        let one = Value::Array(vec![values[0].clone()]);
        of(name, Type::array(element), [Value::Array(vec![]), one, Value::Array(values.to_vec())])
    }
    let bytes = |byte, length| Value::Bytes(vec![byte; length]);
    let integers = |values: [i128; 3]| values.map(Value::integer);
    let action = Type::sum(&[("Inactive", Type::UNIT), ("Active", Type::UNIT)]);
    let at = |x: f64, y: f64| Value::Product(vec![Value::F64(x), Value::F64(y)]);
    let list = |values: &[i128]| Value::Array(values.iter().copied().map(Value::integer).collect());
    vec![
        table("t_array_bool", Type::Bool, [true, false, true].map(Value::Bool)),
        table("t_array_i16", Type::I16, integers([-32_768, 0, 32_767])),
        table("t_array_i32", Type::I32, integers([-1, 0, 1])),
        table("t_array_u32", Type::U32, integers([0, 1, 4_294_967_295])),
        table("t_array_u64", Type::U64, integers([0, 1, 18_446_744_073_709_551_615])),
        table("t_array_f32", Type::F32, [1.5, f32::NAN, f32::INFINITY].map(Value::F32)),
        table("t_array_f64", Type::F64, [1.5, -0.0, 1e300].map(Value::F64)),
        table("t_array_string", Type::String, ["a 0", "", "q\"\\,{}"].map(Value::string)),
        table("t_array_bytes", Type::Bytes, [bytes(1, 2), bytes(0, 0), bytes(255, 1)]),
        table("t_array_identity", Type::Identity, [bytes(0, 32), bytes(1, 32), bytes(255, 32)]),
        table("t_array_timestamp", Type::Timestamp, [0, DOCUMENT_SENT, -1].map(Value::Micros)),
        table("t_array_duration", Type::Duration, [0, 1_500_000, -10_000_000].map(Value::Micros)),
        table("t_array_uuid", Type::Uuid, [bytes(0, 16), bytes(1, 16), bytes(255, 16)]),
        table("t_array_enum", action, [0, 1, 0].map(Value::variant)),
        table(
            "t_array_option",
            Type::option(Type::String),
            [Value::none(), Value::some(Value::string("a")), Value::some(Value::string("b \"c\""))],
        ),
        table("t_array_product", point(), [at(1.0, 2.0), at(0.5, f64::NAN), at(-1.0, 1e300)]),
        table("t_array_array", Type::array(Type::U32), [list(&[1, 2]), list(&[]), list(&[3])]),
    ]
}

/// The tables and rows of the product's own smoketests (its `pg_wire` and module `pg-wire`).
fn smoketests() -> Vec<(Schema, Vec<Row>)> {
    let int_fields = [
        ("i8", Type::I8),
        ("i16", Type::I16),
        ("i32", Type::I32),
        ("i64", Type::I64),
        ("i128", Type::I128),
        ("i256", Type::I256),
    ];
    let uint_fields = [
        ("u8", Type::U8),
        ("u16", Type::U16),
        ("u32", Type::U32),
        ("u64", Type::U64),
        ("u128", Type::U128),
        ("u256", Type::U256),
    ];
    let other_fields = [
        ("bool", Type::Bool),
        ("f32", Type::F32),
        ("f64", Type::F64),
        ("str", Type::String),
        ("bytes", Type::Bytes),
        ("identity", Type::Identity),
        ("connection_id", Type::ConnectionId),
        ("timestamp", Type::Timestamp),
        ("duration", Type::Duration),
        ("uuid", Type::Uuid),
    ];
    let action = Type::sum(&[("Inactive", Type::UNIT), ("Active", Type::UNIT)]);
    let color = Type::sum(&[("Gray", Type::U8)]);
    let enum_fields = [("id", Type::U32), ("color", color)];
    let simple_fields = [("id", Type::U32), ("action", action.clone())];
    let mixed_fields = [
        ("bool_opt", Type::option(Type::Bool)),
        ("bool_result", Type::result(Type::Bool, Type::String)),
        ("action", action),
    ];
    let nested_fields = [
        ("en", Type::product(&enum_fields)),
        ("se", Type::product(&simple_fields)),
        ("ints", Type::product(&int_fields)),
    ];
    let ints: Row = [-25, -3224, -23_443, -2_344_353, -234_434_897_853, -234_434_897_853_i128]
        .map(Value::integer)
        .to_vec();
    let uints: Row = [105, 1050, 83_892, 48_937_498, 4_378_528_978_889, 4_378_528_978_889_i128]
        .map(Value::integer)
        .to_vec();
    let mut one = vec![0; 32];
    one[31] = 1;
    let others = vec![
        Value::Bool(true),
        Value::F32(594_806.56),
        Value::F64(-3_454_353.345_389_043_4),
        Value::string("This is spacetimedb"),
        Value::Bytes(vec![1, 2, 3, 4, 5, 6, 7]),
        Value::Bytes(one),
        Value::Bytes(vec![0; 16]),
        Value::Micros(0),
        Value::Micros(10_000_000),
        Value::Bytes(vec![0; 16]),
    ];
    let gray = vec![Value::integer(1), Value::Sum(0, Box::new(Value::integer(128)))];
    let simple = |id, tag| vec![Value::integer(id), Value::variant(tag)];
    let mixed =
        vec![Value::some(Value::Bool(true)), Value::Sum(0, Box::new(Value::Bool(false))), Value::variant(1)];
    let nested =
        vec![Value::Product(gray.clone()), Value::Product(simple(2, 1)), Value::Product(ints.clone())];
    let tuple = |name, fields: &[(&'static str, Type)], row: &Row| {
        (Schema::new(name, &[("tuple", Type::product(fields))]), vec![vec![Value::Product(row.clone())]])
    };
    vec![
        tuple("t_ints_tuple", &int_fields, &ints),
        (Schema::new("t_ints", &int_fields), vec![ints]),
        tuple("t_uints_tuple", &uint_fields, &uints),
        (Schema::new("t_uints", &uint_fields), vec![uints]),
        tuple("t_others_tuple", &other_fields, &others),
        (Schema::new("t_others", &other_fields), vec![others]),
        (Schema::new("t_simple_enum", &simple_fields), vec![simple(1, 0), simple(2, 1)]),
        (Schema::new("t_enum", &enum_fields), vec![gray]),
        (Schema::new("t_nested", &nested_fields), vec![nested]),
        tuple("t_enums_tuple", &mixed_fields, &mixed),
        (Schema::new("t_enums", &mixed_fields), vec![mixed]),
    ]
}

/// Tables for what is not about types.
fn rules() -> Vec<(Schema, Vec<Row>)> {
    let named = [("id", Type::U32), ("name", Type::String)];
    let row = |id: i128, name| vec![Value::integer(id), Value::string(name)];
    let note = |subject, text| {
        vec![Value::Bytes(Identity::from_claims(ISSUER, subject).0.to_vec()), Value::string(text)]
    };
    vec![
        (Schema::new("t_empty", &named), Vec::new()),
        // No constraint, so that it is a set of rows and nothing else.
        (Schema::new("t_set", &named), vec![row(1, "one"), row(2, "two"), row(3, "three")]),
        (Schema::new("t_unique", &named).primary_key(0).unique(&[1]), vec![row(1, "one"), row(2, "two")]),
        (Schema::new("t_private", &named).private(), vec![row(1, "secret")]),
        (
            Schema::new("t_notes", &[("owner", Type::Identity), ("text", Type::String)]).visible_to(0),
            vec![note("alice", "alice's note"), note("bob", "bob's note")],
        ),
    ]
}
