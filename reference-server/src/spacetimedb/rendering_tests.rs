//! Each row of section 5 of the facts, plain and quirky.

use super::*;

fn quirky(fault: Fault) -> Rendering {
    Rendering::new(&[fault].into_iter().collect())
}

fn plain() -> Rendering {
    Rendering::default()
}

#[track_caller]
fn shows(rendering: Rendering, ty: &Type, value: &Value, oid: u32, text: &str) {
    assert_eq!(rendering.column("c", ty).type_oid, oid, "{ty}");
    let row = rendering.row([(ty, value)]);
    assert_eq!(row, [Some(text.as_bytes().to_vec())], "{ty}: {}", rendering.text(ty, value));
}

fn strings(values: &[&str]) -> Value {
    Value::Array(values.iter().map(|value| Value::string(value)).collect())
}

#[test]
fn booleans_and_integers() {
    shows(plain(), &Type::Bool, &Value::Bool(true), 16, "t");
    shows(plain(), &Type::Bool, &Value::Bool(false), 16, "f");
    for (ty, oid) in [
        (Type::I8, 21),
        (Type::I16, 21),
        (Type::U16, 23),
        (Type::I32, 23),
        (Type::U32, 20),
        (Type::I64, 20),
        (Type::U64, 1700),
        (Type::I128, 1700),
        (Type::U128, 1700),
        (Type::I256, 1700),
        (Type::U256, 1700),
    ] {
        shows(plain(), &ty, &Value::integer(105), oid, "105");
    }
    shows(plain(), &Type::I8, &Value::integer(-25), 21, "-25");
}

#[test]
fn u8_is_bytea_as_the_document_says_and_int2_as_the_product_does() {
    shows(plain(), &Type::U8, &Value::integer(105), 17, "\\x69");
    shows(plain(), &Type::U8, &Value::integer(0), 17, "\\x00");
    shows(quirky(Fault::U8AsInt2), &Type::U8, &Value::integer(105), 21, "105");
}

#[test]
fn floats() {
    for (value, postgres, rust) in [
        (594_806.56_f32, "594806.56", "594806.56"),
        (1.0, "1", "1"),
        (-0.0, "-0", "-0"),
        (1_234_567.0, "1.234567e+06", "1234567"),
        (1e-7, "1e-07", "0.0000001"),
        (f32::NAN, "NaN", "NaN"),
        (f32::INFINITY, "Infinity", "inf"),
    ] {
        shows(plain(), &Type::F32, &Value::F32(value), 700, postgres);
        shows(quirky(Fault::FloatRustDisplay), &Type::F32, &Value::F32(value), 700, rust);
    }
    for (value, postgres, rust) in [
        (-3_454_353.345_389_043_4_f64, "-3454353.3453890434", "-3454353.3453890434"),
        (0.000_1, "0.0001", "0.0001"),
        (0.000_01, "1e-05", "0.00001"),
        (1e14, "100000000000000", "100000000000000"),
        (1e15, "1e+15", "1000000000000000"),
        (f64::NEG_INFINITY, "-Infinity", "-inf"),
        (f64::MAX, "1.7976931348623157e+308", &format!("17976931348623157{}", "0".repeat(292))),
        (5e-324, "5e-324", &format!("0.{}5", "0".repeat(323))),
        (1e300, "1e+300", &format!("1{}", "0".repeat(300))),
    ] {
        shows(plain(), &Type::F64, &Value::F64(value), 701, postgres);
        shows(quirky(Fault::FloatRustDisplay), &Type::F64, &Value::F64(value), 701, rust);
    }
}

#[test]
fn strings_and_bytes() {
    shows(plain(), &Type::String, &Value::string("a\"b\\\n"), 1043, "a\"b\\\n");
    shows(plain(), &Type::Bytes, &Value::Bytes(vec![1, 2, 3, 4, 5, 6, 7]), 17, "\\x01020304050607");
    shows(plain(), &Type::Bytes, &Value::Bytes(b"test".to_vec()), 17, "\\x74657374");
    let zero = Value::Bytes(vec![0; 32]);
    shows(plain(), &Type::Identity, &zero, 17, &format!("\\x{}", "0".repeat(64)));
    shows(plain(), &Type::ConnectionId, &Value::Bytes(vec![0; 16]), 17, &format!("\\x{}", "0".repeat(32)));
    shows(plain(), &Type::Uuid, &Value::Bytes(vec![0; 16]), 2950, "00000000-0000-0000-0000-000000000000");
}

#[test]
fn times() {
    let sent = Value::Micros(1_759_184_954_271_647);
    shows(plain(), &Type::Timestamp, &sent, 1114, "2025-09-29T22:29:14.271647+00:00");
    shows(plain(), &Type::Duration, &Value::Micros(10_000_000), 1186, "00:00:10");
    shows(quirky(Fault::IntervalIso8601), &Type::Duration, &Value::Micros(10_000_000), 1186, "PT10S");
}

#[test]
fn sums() {
    let action = Type::sum(&[("Inactive", Type::UNIT), ("Active", Type::UNIT)]);
    shows(plain(), &action, &Value::variant(1), 3500, "Active");
    let color = Type::sum(&[("Gray", Type::U8)]);
    shows(plain(), &color, &Value::Sum(0, Box::new(Value::integer(128))), 114, "{\"Gray\": 128}");
    shows(plain(), &Type::option(Type::U32), &Value::none(), 114, "{\"none\": {}}");
    shows(plain(), &Type::option(Type::U32), &Value::some(Value::integer(1)), 114, "{\"some\": 1}");
    let result = Type::result(Type::U32, Type::String);
    shows(plain(), &result, &Value::Sum(0, Box::new(Value::integer(1))), 114, "{\"ok\": 1}");
    shows(plain(), &result, &Value::Sum(1, Box::new(Value::string("error"))), 114, "{\"err\": \"error\"}");
    let interval = Value::Sum(0, Box::new(Value::Micros(10_000_000)));
    let text = "{\"Interval\": {\"__time_duration_micros__\": \"PT10S\"}}";
    shows(plain(), &Type::schedule_at(), &interval, 114, text);
    let time = Value::Sum(1, Box::new(Value::Micros(0)));
    let text = "{\"Time\": {\"__timestamp_micros_since_unix_epoch__\": \"1970-01-01T00:00:00+00:00\"}}";
    shows(plain(), &Type::schedule_at(), &time, 114, text);
    let identity = Value::some(Value::Bytes(vec![0; 32]));
    let text = format!("{{\"some\": {{\"__identity__\": \"0x{}\"}}}}", "0".repeat(64));
    shows(plain(), &Type::option(Type::Identity), &identity, 114, &text);
    // Encoder unit test of the product: 21 bytes.
    let gray = Type::option(color);
    let value = Value::some(Value::Sum(0, Box::new(Value::integer(2))));
    shows(plain(), &gray, &value, 114, "{\"some\": {\"Gray\": 2}}");
}

#[test]
fn records() {
    let ty = Type::product(&[("a", Type::U8), ("b", Type::product(&[("x", Type::String)]))]);
    let value = Value::Product(vec![Value::integer(1), Value::Product(vec![Value::string("y")])]);
    shows(plain(), &ty, &value, 114, "{\"a\": 1, \"b\": {\"x\": \"y\"}}");
    shows(plain(), &Type::UNIT, &Value::UNIT, 114, "{}");
    let action = Type::product(&[("action", Type::sum(&[("Active", Type::UNIT)]))]);
    shows(plain(), &action, &Value::Product(vec![Value::variant(0)]), 114, "{\"action\": {\"Active\": {}}}");
}

#[test]
fn strings_in_json_are_escaped() {
    let ty = Type::product(&[("s", Type::String)]);
    let value = Value::Product(vec![Value::string("\"\\\n\u{1}é")]);
    shows(plain(), &ty, &value, 114, "{\"s\": \"\\\"\\\\\\n\\u0001é\"}");
    shows(quirky(Fault::JsonUnescaped), &ty, &value, 114, "{\"s\": \"\"\\\n\u{1}é\"}");
}

#[test]
fn json_has_no_nan() {
    let ty = Type::product(&[("x", Type::F64), ("y", Type::F32)]);
    let value = Value::Product(vec![Value::F64(f64::NAN), Value::F32(f32::INFINITY)]);
    shows(plain(), &ty, &value, 114, "{\"x\": \"NaN\", \"y\": \"Infinity\"}");
    shows(quirky(Fault::FloatRustDisplay), &ty, &value, 114, "{\"x\": NaN, \"y\": inf}");
}

#[test]
fn arrays_are_postgresqls() {
    let array = Type::array;
    let values = strings(&["a", "b c", "", "NULL", "q\"\\,{}"]);
    shows(plain(), &array(Type::String), &values, 1015, "{a,\"b c\",\"\",\"NULL\",\"q\\\"\\\\,{}\"}");
    shows(plain(), &array(Type::String), &strings(&[]), 1015, "{}");
    let one = |value: Value| Value::Array(vec![value]);
    for (ty, value, oid, text) in [
        (Type::Bool, Value::Bool(true), 1000, "{t}"),
        (Type::I16, Value::integer(1), 1005, "{1}"),
        (Type::I32, Value::integer(1), 1007, "{1}"),
        (Type::U32, Value::integer(1), 1016, "{1}"),
        (Type::U256, Value::integer(1), 1231, "{1}"),
        (Type::F32, Value::F32(1.5), 1021, "{1.5}"),
        (Type::F64, Value::F64(f64::NAN), 1022, "{NaN}"),
        (Type::Bytes, Value::Bytes(vec![1]), 1001, "{\"\\\\x01\"}"),
        (Type::Timestamp, Value::Micros(0), 1115, "{1970-01-01T00:00:00+00:00}"),
        (Type::Duration, Value::Micros(0), 1187, "{00:00:00}"),
        (Type::sum(&[("Active", Type::UNIT)]), Value::variant(0), 2277, "{Active}"),
        (Type::option(Type::U8), Value::none(), 199, "{\"{\\\"none\\\": {}}\"}"),
        (array(Type::U32), one(Value::integer(7)), 199, "{[7]}"),
    ] {
        shows(plain(), &array(ty), &one(value), oid, text);
    }
}

#[test]
fn arrays_of_the_product_fall_apart() {
    let rendering = quirky(Fault::ArrayElementsAsFields);
    let ty = Type::array(Type::String);
    assert_eq!(rendering.row([(&ty, &strings(&[]))]), Vec::<Option<Vec<u8>>>::new());
    assert_eq!(rendering.row([(&ty, &strings(&["a 0"]))]), [Some(b"\"a 0\"".to_vec())]);
    assert_eq!(rendering.row([(&ty, &strings(&["a", "b"]))]).len(), 2);
    assert_eq!(rendering.column("c", &ty).type_oid, 1015);
    assert_eq!(rendering.column("c", &Type::array(Type::F32)).type_oid, 2277);
}

#[test]
fn arrays_in_json() {
    let ty = Type::product(&[("x", Type::array(Type::U16))]);
    let value = Value::Product(vec![Value::Array([1, 23].map(Value::integer).to_vec())]);
    shows(plain(), &ty, &value, 114, "{\"x\": [1, 23]}");
    shows(quirky(Fault::JsonArrayConcatenated), &ty, &value, 114, "{\"x\": 123}");
    let empty = Value::Product(vec![Value::Array(vec![])]);
    shows(quirky(Fault::JsonArrayConcatenated), &ty, &empty, 114, "{\"x\": }");
}

#[test]
fn sizes_and_modifiers() {
    let column = |rendering: Rendering, ty: Type| {
        let Column { size, modifier, .. } = rendering.column("c", &ty);
        (size, modifier)
    };
    assert_eq!(column(plain(), Type::I32), (4, -1));
    assert_eq!(column(plain(), Type::String), (-1, -1));
    assert_eq!(column(plain(), Type::Duration), (16, -1));
    assert_eq!(column(plain(), Type::array(Type::I32)), (-1, -1));
    assert_eq!(column(quirky(Fault::ZeroTypeSize), Type::I32), (0, 0));
}
