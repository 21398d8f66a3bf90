//! Functions of timestamps.

use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::super::value::Value;
use super::eval::Run;
use super::functions::text_at;
use pgconform_wire::value::calendar::{date_of, day_of};

type Given = Result<Option<Value>, Refusal>;

/// Milliseconds.
const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The days from 1970 to 2000.
const EPOCH: i64 = 10_957;

pub(super) fn precision(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    (types.len() <= 1).then(|| (vec![Type::Long; types.len()], Type::Timestamp))
}

fn is_moment(ty: &Type) -> bool {
    matches!(ty, Type::Timestamp | Type::Long | Type::String | Type::Undefined)
}

/// `date_trunc('day', t)`
pub(super) fn truncates(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    match types {
        [Type::String | Type::Undefined, moment] if is_moment(moment) => {
            Some((vec![Type::String, Type::Timestamp], Type::Timestamp))
        }
        _ => None,
    }
}

/// `date_format([format,] t)`
pub(super) fn formats(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    match types {
        [moment] if is_moment(moment) => Some((vec![Type::Timestamp], Type::String)),
        [Type::String | Type::Undefined, moment] if is_moment(moment) => {
            Some((vec![Type::String, Type::Timestamp], Type::String))
        }
        _ => None,
    }
}

pub(super) fn extracts(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    match types {
        [moment] if is_moment(moment) => Some((vec![Type::Timestamp], Type::Integer)),
        _ => None,
    }
}

/// A timestamp, taken apart.
struct Moment {
    /// Days since 2000.
    days: i32,
    year: i32,
    month: i32,
    day: i32,
    /// Milliseconds of the day.
    time: i64,
}

impl Moment {
    fn of(millis: i64) -> Result<Self, Refusal> {
        let days = i32::try_from(millis.div_euclid(DAY) - EPOCH);
        let days = days.map_err(|_| illegal("The timestamp is out of range"))?;
        let (year, month, day) = date_of(days);
        Ok(Self { days, year, month, day, time: millis.rem_euclid(DAY) })
    }

    /// Monday is 1.
    fn weekday(&self) -> i32 {
        // 2000-01-01 was a Saturday.
        (self.days + 5).rem_euclid(7) + 1
    }

    fn day_of_year(&self) -> i32 {
        day_of(self.year, 1, 1).map_or(0, |first| self.days - first + 1)
    }

    /// The week of ISO 8601: that of the year in which its Thursday is.
    fn week(&self) -> i32 {
        let thursday = self.days - self.weekday() + 4;
        let (year, ..) = date_of(thursday);
        day_of(year, 1, 1).map_or(0, |first| (thursday - first) / 7 + 1)
    }

    fn hour(&self) -> i64 {
        self.time / HOUR
    }

    fn minute(&self) -> i64 {
        self.time / MINUTE % 60
    }

    fn second(&self) -> i64 {
        self.time / SECOND % 60
    }
}

fn illegal(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Exception::IllegalArgument, message)
}

/// The last argument, which is made a timestamp.
fn millis(arguments: &[Option<Value>]) -> i64 {
    match arguments.last() {
        Some(Some(Value::Timestamp(millis))) => *millis,
        _ => 0,
    }
}

pub(super) fn truncate(arguments: &[Option<Value>], _: &Run<'_>) -> Given {
    let (unit, millis) = (text_at(arguments, 0), millis(arguments));
    let moment = Moment::of(millis)?;
    let date = |month: i32| day_of(moment.year, month, 1).map(|day| (i64::from(day) + EPOCH) * DAY);
    let truncated = match unit.to_lowercase().as_str() {
        "second" => Some(millis - millis.rem_euclid(SECOND)),
        "minute" => Some(millis - millis.rem_euclid(MINUTE)),
        "hour" => Some(millis - millis.rem_euclid(HOUR)),
        "day" => Some(millis - moment.time),
        "week" => Some(millis - moment.time - i64::from(moment.weekday() - 1) * DAY),
        "month" => date(moment.month),
        "quarter" => date((moment.month - 1) / 3 * 3 + 1),
        "year" => date(1),
        other => return Err(illegal(format!("invalid interval '{other}' for scalar 'date_trunc'"))),
    };
    truncated
        .map(|millis| Some(Value::Timestamp(millis)))
        .ok_or_else(|| illegal("The timestamp is out of range"))
}

pub(super) fn extract(unit: &str, arguments: &[Option<Value>]) -> Given {
    let millis = millis(arguments);
    let moment = Moment::of(millis)?;
    let number = match unit {
        "year" => i64::from(moment.year),
        "quarter" => i64::from((moment.month - 1) / 3 + 1),
        "month" => i64::from(moment.month),
        "week" => i64::from(moment.week()),
        "day" => i64::from(moment.day),
        "doy" => i64::from(moment.day_of_year()),
        "dow" => i64::from(moment.weekday()),
        "hour" => moment.hour(),
        "minute" => moment.minute(),
        _ => moment.second(),
    };
    Value::Long(number).cast(&Type::Integer).map(Some)
}

/// The format of MySQL's DATE_FORMAT, as far as it names numbers.
pub(super) fn format(arguments: &[Option<Value>], _: &Run<'_>) -> Given {
    let moment = Moment::of(millis(arguments))?;
    let given = if arguments.len() > 1 { text_at(arguments, 0) } else { "%Y-%m-%dT%H:%i:%s.%fZ" };
    let micros = moment.time % SECOND * 1000;
    let mut out = String::new();
    let mut characters = given.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        out.push_str(&match characters.next() {
            Some('Y') => format!("{:04}", moment.year),
            Some('y') => format!("{:02}", moment.year.rem_euclid(100)),
            Some('m') => format!("{:02}", moment.month),
            Some('c') => moment.month.to_string(),
            Some('d') => format!("{:02}", moment.day),
            Some('e') => moment.day.to_string(),
            Some('j') => format!("{:03}", moment.day_of_year()),
            Some('H') => format!("{:02}", moment.hour()),
            Some('k') => moment.hour().to_string(),
            Some('i') => format!("{:02}", moment.minute()),
            Some('s' | 'S') => format!("{:02}", moment.second()),
            Some('f') => format!("{micros:06}"),
            Some('T') => format!("{:02}:{:02}:{:02}", moment.hour(), moment.minute(), moment.second()),
            Some('w') => (moment.weekday() % 7).to_string(),
            Some('%') => "%".to_owned(),
            other => {
                let named = other.map(String::from).unwrap_or_default();
                return Err(Refusal::unsupported(format!("date_format does not know %{named} here")));
            }
        });
        if out.len() > (16 << 20) {
            return Err(super::eval::too_large("the value is too long"));
        }
    }
    Ok(Some(Value::String(out)))
}
