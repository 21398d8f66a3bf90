//! Whatever a value is, both of its forms read back as that value.

use pgconform_wire::value::array::{Array, Dimension};
use pgconform_wire::value::bytea::Bytea;
use pgconform_wire::value::date::Date;
use pgconform_wire::value::interval::Interval;
use pgconform_wire::value::numeric::Numeric;
use pgconform_wire::value::range::{Bound, Range};
use pgconform_wire::value::time::Time;
use pgconform_wire::value::timestamp::Timestamp;
use pgconform_wire::value::timestamptz::Timestamptz;
use pgconform_wire::value::timetz::TimeTz;
use pgconform_wire::value::{
    BuiltIn, DateOrder, DateOutput, DateStyle, Form, IntervalStyle, Style, Utc, Value, input, output,
    receive, send, types,
};
use proptest::prelude::*;

const STYLE: Style<'static> = Style {
    date: DateStyle { output: DateOutput::Iso, order: DateOrder::Mdy },
    interval: IntervalStyle::Postgres,
    zone: &Utc,
    extra_float_digits: 1,
    bytea_hex: true,
    now: 0,
};

/// Every look of a date that reads back: the order of the input is that of the output.
const DATE_STYLES: [DateStyle; 7] = [
    DateStyle { output: DateOutput::Iso, order: DateOrder::Mdy },
    DateStyle { output: DateOutput::Iso, order: DateOrder::Ymd },
    DateStyle { output: DateOutput::Sql, order: DateOrder::Mdy },
    DateStyle { output: DateOutput::Sql, order: DateOrder::Dmy },
    DateStyle { output: DateOutput::Postgres, order: DateOrder::Mdy },
    DateStyle { output: DateOutput::Postgres, order: DateOrder::Dmy },
    DateStyle { output: DateOutput::German, order: DateOrder::Dmy },
];

fn text_reads_back(oid: u32, value: &Value, style: &Style<'_>) {
    let text = output(&BuiltIn, oid, value, style);
    let read = input(&BuiltIn, oid, -1, &text, style);
    assert_eq!(read.as_ref(), Ok(value), "read from {text:?}");
}

fn reads_back(oid: u32, value: &Value) {
    text_reads_back(oid, value, &STYLE);
    let bytes = send(&BuiltIn, oid, value).expect("a type with a binary form");
    assert_eq!(receive(&BuiltIn, oid, -1, &bytes).as_ref(), Ok(value), "received from {bytes:?}");
}

fn number() -> impl Strategy<Value = Numeric> {
    let digits = "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,2})?";
    digits.prop_map(|text| Numeric::input(&text, &STYLE).expect("a number"))
}

/// Of what PostgreSQL's timestamps are.
fn instant() -> impl Strategy<Value = i64> {
    -211_813_488_000_000_000i64..9_223_371_331_200_000_000
}

fn element() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        Just(None),
        "[ a-c\"\\\\{},;NUL\t\né]{0,6}".prop_map(|text| Some(Value::Text(text))),
        "null|NULL".prop_map(|text| Some(Value::Text(text))),
    ]
}

proptest! {
    #[test]
    fn numbers(int in any::<i64>(), float in any::<f64>(), small in any::<f32>(), numeric in number()) {
        reads_back(types::INT8, &Value::Int8(int));
        if !float.is_nan() {
            reads_back(types::FLOAT8, &Value::Float8(float));
        }
        if !small.is_nan() {
            reads_back(types::FLOAT4, &Value::Float4(small));
        }
        reads_back(types::NUMERIC, &Value::Numeric(numeric));
        prop_assert_eq!(Numeric::from(int).to_i64(), Ok(int));
    }

    #[test]
    fn a_quotient_and_its_remainder_make_the_dividend(left in number(), right in number()) {
        prop_assume!(right.compare(&Numeric::ZERO).is_ne());
        let remainder = left.rem(&right).expect("in range");
        prop_assert!(remainder.abs().compare(&right.abs()).is_lt());
        let multiple = left.sub(&remainder).expect("in range");
        let times = multiple.div(&right).expect("in range").round(0).expect("in range");
        let again = times.mul(&right).expect("in range").add(&remainder).expect("in range");
        prop_assert!(again.compare(&left).is_eq(), "{} is not {}", again, left);
    }

    #[test]
    fn bytes_in_both_styles(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        let value = Value::Bytea(Bytea(bytes));
        reads_back(types::BYTEA, &value);
        text_reads_back(types::BYTEA, &value, &Style { bytea_hex: false, ..STYLE });
    }

    #[test]
    fn times_in_every_style(at in instant(), day in -2_451_545..2_145_031_948i32, micros in 0..=86_400_000_000i64, west in -57_599..57_600i32) {
        reads_back(types::TIME, &Value::Time(Time(micros)));
        reads_back(types::TIMETZ, &Value::TimeTz(TimeTz { micros, west }));
        let values = [
            (types::TIMESTAMP, Value::Timestamp(Timestamp(at))),
            (types::TIMESTAMPTZ, Value::Timestamptz(Timestamptz(at))),
            (types::DATE, Value::Date(Date(day))),
        ];
        for (oid, value) in &values {
            reads_back(*oid, value);
            for date in DATE_STYLES {
                text_reads_back(*oid, value, &Style { date, ..STYLE });
            }
        }
    }

    #[test]
    fn intervals_in_every_style(months in -1_000_000..1_000_000i32, days in any::<i32>(), micros in any::<i64>()) {
        // What has a year more than is told reads back as months.
        let value = Value::Interval(Interval { months, days, micros });
        reads_back(types::INTERVAL, &value);
        for interval in [IntervalStyle::SqlStandard, IntervalStyle::Iso8601] {
            text_reads_back(types::INTERVAL, &value, &Style { interval, ..STYLE });
        }
    }

    #[test]
    fn arrays(rows in 1..4usize, columns in 1..4usize, lower in -3..3i32, all in proptest::collection::vec(element(), 9)) {
        let dimension = |count| Dimension { length: i32::try_from(count).expect("few"), lower };
        let values: Vec<Option<Value>> = all.into_iter().take(rows * columns).collect();
        let dimensions = vec![dimension(rows), dimension(columns)];
        let array = Array { element: types::TEXT, dimensions, values };
        reads_back(types::TEXT_ARRAY, &Value::Array(array));
    }

    #[test]
    fn ranges(from in any::<i32>(), to in any::<i32>(), inclusive in any::<(bool, bool)>(), infinite in any::<(bool, bool)>()) {
        let bound = |value: i32, infinite: bool, inclusive| {
            Bound { value: (!infinite).then_some(Value::Int4(value)), inclusive }
        };
        let (from, to) = (from.min(to), from.max(to).min(i32::MAX - 1));
        prop_assume!(from <= to);
        let lower = bound(from, infinite.0, inclusive.0);
        let range = Range::new(lower, bound(to, infinite.1, inclusive.1)).expect("in order");
        reads_back(types::INT4RANGE, &Value::Range(Box::new(range)));
    }

    /// Whatever is written or sent, an answer comes and no panic.
    #[test]
    fn nothing_panics(text in "[-+0-9a-zA-Z:./ TPZ{}()\\[\\],\"\\\\é]{0,24}", bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        for row in types::TYPES {
            if let Ok(value) = input(&BuiltIn, row.oid, -1, &text, &STYLE) {
                output(&BuiltIn, row.oid, &value, &STYLE);
                let _ = send(&BuiltIn, row.oid, &value);
            }
            if let Ok(value) = receive(&BuiltIn, row.oid, -1, &bytes) {
                output(&BuiltIn, row.oid, &value, &STYLE);
                let _ = send(&BuiltIn, row.oid, &value);
            }
        }
    }
}
