//! The functions there are.

use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::super::value::{Forms, Value};
use super::eval::{Run, too_large};
use super::expr::Function as Body;
use super::moment;

/// A function.
pub(super) struct Function {
    name: &'static str,
    /// The types that its arguments are made of, and that of its result; none if it takes no such arguments.
    pub(super) signature: Signature,
    /// It is NULL if an argument is.
    pub(super) strict: bool,
    pub(super) run: Body,
}

type Signature = fn(&[Type]) -> Option<(Vec<Type>, Type)>;
type Given = Result<Option<Value>, Refusal>;

/// The function of this name.
pub(super) fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

const fn strict(name: &'static str, signature: Signature, run: Body) -> Function {
    Function { name, signature, strict: true, run }
}

const fn lax(name: &'static str, signature: Signature, run: Body) -> Function {
    Function { name, signature, strict: false, run }
}

static FUNCTIONS: &[Function] = &[
    lax("current_schema", nothing, |_, run| string(current_schema(run))),
    lax("current_schemas", |types| given(types, &[Type::Boolean], Type::String.array()), current_schemas),
    lax("current_database", nothing, |_, _| string("crate")),
    lax("current_user", nothing, |_, run| string(&run.scope.session.user)),
    lax("session_user", nothing, |_, run| string(&run.scope.session.user)),
    lax("user", nothing, |_, run| string(&run.scope.session.user)),
    lax("pg_backend_pid", |types| given(types, &[], Type::Integer), |_, _| Ok(Some(Value::Integer(-1)))),
    lax("pg_get_expr", pg_get_expr, |_, _| Ok(None)),
    lax("now", |types| given(types, &[], Type::Timestamp), now),
    lax("current_timestamp", moment::precision, now),
    strict("date_trunc", moment::truncates, moment::truncate),
    strict("date_format", moment::formats, moment::format),
    strict("extract_year", moment::extracts, |a, _| moment::extract("year", a)),
    strict("extract_quarter", moment::extracts, |a, _| moment::extract("quarter", a)),
    strict("extract_month", moment::extracts, |a, _| moment::extract("month", a)),
    strict("extract_week", moment::extracts, |a, _| moment::extract("week", a)),
    strict("extract_day", moment::extracts, |a, _| moment::extract("day", a)),
    strict("extract_doy", moment::extracts, |a, _| moment::extract("doy", a)),
    strict("extract_dow", moment::extracts, |a, _| moment::extract("dow", a)),
    strict("extract_hour", moment::extracts, |a, _| moment::extract("hour", a)),
    strict("extract_minute", moment::extracts, |a, _| moment::extract("minute", a)),
    strict("extract_second", moment::extracts, |a, _| moment::extract("second", a)),
    strict("array_upper", bound, |a, _| bounds(a, false)),
    strict("array_length", bound, |a, _| bounds(a, false)),
    strict("array_lower", bound, |a, _| bounds(a, true)),
    strict("array_cat", two_arrays, |a, _| Ok(Some(Value::Array(elements(a).flatten().cloned().collect())))),
    strict("array_unique", arrays, unique),
    strict("array_difference", two_arrays, difference),
    lax("concat", concatenates, concat),
    strict("format", formats, format),
    strict("lower", text, |a, _| string(first_text(a).to_lowercase())),
    strict("upper", text, |a, _| string(first_text(a).to_uppercase())),
    strict("trim", text, |a, _| string(first_text(a).trim_matches(' '))),
    strict("initcap", text, |a, _| string(capitalised(first_text(a)))),
    strict("md5", text, |a, _| string(digest(first_text(a)))),
    strict("char_length", measure, |a, _| count(first_text(a).chars().count())),
    strict("length", measure, |a, _| count(first_text(a).chars().count())),
    strict("octet_length", measure, |a, _| count(first_text(a).len())),
    strict("bit_length", measure, |a, _| count(first_text(a).len() * 8)),
    strict("substr", substring, substr),
    strict("substring", substring, substr),
    strict("replace", three_texts, replace),
    strict("regexp_replace", three_texts, regexp_replace),
    lax("nullif", same_pair, |a, _| Ok(if a[0] == a[1] { None } else { a[0].clone() })),
    lax("greatest", same_all, |a, _| Ok(most(a, std::cmp::Ordering::Greater))),
    lax("least", same_all, |a, _| Ok(most(a, std::cmp::Ordering::Less))),
    lax("if", conditional, |a, _| {
        let otherwise = a.get(2).cloned().flatten();
        Ok(if a[0] == Some(Value::Boolean(true)) { a[1].clone() } else { otherwise })
    }),
    strict("abs", number, absolute),
    strict("round", rounds, |a, _| rounded(a, f64::round)),
    strict("floor", rounds, |a, _| rounded(a, f64::floor)),
    strict("ceil", rounds, |a, _| rounded(a, f64::ceil)),
    strict("ceiling", rounds, |a, _| rounded(a, f64::ceil)),
    strict("trunc", rounds, |a, _| rounded(a, f64::trunc)),
    strict("sqrt", double, |a, _| match real(a, 0) {
        number if number < 0.0 => Err(illegal("cannot take square root of a negative number")),
        number => Ok(Some(Value::Double(number.sqrt()))),
    }),
    strict("power", two_doubles, |a, _| Ok(Some(Value::Double(real(a, 0).powf(real(a, 1)))))),
    strict("ln", double, |a, _| Ok(Some(Value::Double(real(a, 0).ln())))),
    strict("mod", modulus, modulo),
    strict(
        "pg_typeof",
        |types| given(types, types, Type::String),
        |a, _| string(a[0].as_ref().map_or_else(String::new, |value| value.ty().to_string())),
    ),
];

// What arguments there may be.

/// These arguments, which must be as many.
fn given(types: &[Type], wanted: &[Type], result: Type) -> Option<(Vec<Type>, Type)> {
    (types.len() == wanted.len()).then(|| (wanted.to_vec(), result))
}

fn nothing(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    given(types, &[], Type::String)
}

fn pg_get_expr(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    matches!(types.len(), 2 | 3).then(|| (types.to_vec(), Type::String))
}

fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::String | Type::Undefined | Type::Ip)
}

fn text(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    match types {
        [ty] if is_text(ty) => Some((vec![Type::String], Type::String)),
        _ => None,
    }
}

fn measure(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    text(types).map(|(types, _)| (types, Type::Integer))
}

fn three_texts(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    (types.len() == 3 && types.iter().all(is_text)).then(|| (vec![Type::String; 3], Type::String))
}

fn substring(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    let (first, rest) = types.split_first()?;
    let fits = is_text(first) && matches!(rest.len(), 1 | 2) && rest.iter().all(is_number);
    let wanted = std::iter::once(Type::String).chain(rest.iter().map(|_| Type::Long));
    fits.then(|| (wanted.collect(), Type::String))
}

/// Strings and what can be made one; or arrays.
fn concatenates(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    if types.len() < 2 {
        return None;
    }
    if types.iter().any(|ty| matches!(ty, Type::Array(_))) {
        return two_arrays(types);
    }
    let scalar = types.iter().all(|ty| ty.casts_to(&Type::String) || *ty == Type::Undefined);
    scalar.then(|| (vec![Type::String; types.len()], Type::String))
}

fn formats(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    let (first, rest) = types.split_first()?;
    is_text(first)
        .then(|| (std::iter::once(Type::String).chain(rest.iter().cloned()).collect(), Type::String))
}

fn element(ty: &Type) -> Option<Type> {
    match ty {
        Type::Array(element) => Some(element.as_ref().clone()),
        Type::Undefined => Some(Type::Undefined),
        _ => None,
    }
}

fn two_arrays(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    let [left, right] = types else { return None };
    let ty = match (element(left)?, element(right)?) {
        (Type::Undefined, ty) | (ty, Type::Undefined) => ty,
        (left, right) => left.common(&right)?,
    };
    Some((vec![ty.clone().array(); 2], ty.array()))
}

fn arrays(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    match types {
        [ty @ Type::Array(_)] => Some((vec![ty.clone()], ty.clone())),
        [_, _] => two_arrays(types),
        _ => None,
    }
}

fn bound(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    match types {
        [ty @ (Type::Array(_) | Type::Undefined), dimension] if is_number(dimension) => {
            Some((vec![ty.clone(), Type::Long], Type::Integer))
        }
        _ => None,
    }
}

fn is_number(ty: &Type) -> bool {
    ty.is_number() || *ty == Type::Undefined
}

fn number(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    match types {
        [Type::Undefined] => Some((vec![Type::Double], Type::Double)),
        [ty] if ty.is_number() => Some((vec![ty.clone()], ty.clone())),
        _ => None,
    }
}

/// Whole numbers stay what they are; `float` becomes `integer`, `double` becomes `long`.
fn rounds(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    let (types, ty) = number(types)?;
    let result = match ty {
        Type::Float => Type::Integer,
        Type::Double => Type::Long,
        ty => ty,
    };
    Some((types, result))
}

fn double(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    number(types).map(|_| (vec![Type::Double], Type::Double))
}

fn two_doubles(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    (types.len() == 2 && types.iter().all(is_number)).then(|| (vec![Type::Double; 2], Type::Double))
}

fn modulus(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    let whole =
        |ty: &Type| matches!(ty, Type::Byte | Type::Short | Type::Integer | Type::Long | Type::Undefined);
    match types {
        [left, right] if whole(left) && whole(right) => Some((vec![Type::Long; 2], Type::Long)),
        [_, _] => two_doubles(types),
        _ => None,
    }
}

fn same_pair(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    if types.len() == 2 { same_all(types) } else { None }
}

/// Arguments that are made of one type.
fn same_all(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    let mut known = types.iter().filter(|ty| **ty != Type::Undefined);
    let first = known.next().cloned().unwrap_or(Type::Undefined);
    let ty = known.try_fold(first, |whole, ty| whole.common(ty))?;
    (!types.is_empty()).then(|| (vec![ty.clone(); types.len()], ty))
}

fn conditional(types: &[Type]) -> Option<(Vec<Type>, Type)> {
    let (_, results) = types.split_first()?;
    let (wanted, ty) = if matches!(results.len(), 1 | 2) { same_all(results)? } else { return None };
    Some((std::iter::once(Type::Boolean).chain(wanted).collect(), ty))
}

// What they do.

fn string(text: impl Into<String>) -> Given {
    Ok(Some(Value::String(text.into())))
}

fn count(number: usize) -> Given {
    i32::try_from(number)
        .map(|number| Some(Value::Integer(number)))
        .map_err(|_| too_large("the value is too long"))
}

fn illegal(message: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Exception::IllegalArgument, message)
}

fn first_text(arguments: &[Option<Value>]) -> &str {
    text_at(arguments, 0)
}

/// An argument that is made a string.
pub(super) fn text_at(arguments: &[Option<Value>], at: usize) -> &str {
    match arguments.get(at) {
        Some(Some(Value::String(text))) => text,
        _ => "",
    }
}

fn real(arguments: &[Option<Value>], at: usize) -> f64 {
    match arguments.get(at) {
        Some(Some(Value::Double(number))) => *number,
        _ => f64::NAN,
    }
}

fn whole(arguments: &[Option<Value>], at: usize) -> i64 {
    match arguments.get(at) {
        Some(Some(Value::Long(number))) => *number,
        _ => 0,
    }
}

/// The elements of the arguments that are arrays.
fn elements(arguments: &[Option<Value>]) -> impl Iterator<Item = &Vec<Option<Value>>> {
    arguments.iter().filter_map(|argument| match argument {
        Some(Value::Array(elements)) => Some(elements),
        _ => None,
    })
}

fn now(_: &[Option<Value>], run: &Run<'_>) -> Given {
    Ok(Some(Value::Timestamp(run.scope.now)))
}

fn current_schema(run: &Run<'_>) -> String {
    run.scope.session.search_path.first().cloned().unwrap_or_default()
}

fn current_schemas(arguments: &[Option<Value>], run: &Run<'_>) -> Given {
    let implicit = arguments.first() == Some(&Some(Value::Boolean(true)));
    let path = &run.scope.session.search_path;
    let implied =
        (implicit && !path.iter().any(|schema| schema == "pg_catalog")).then(|| "pg_catalog".to_owned());
    let schemas = implied.into_iter().chain(path.iter().cloned());
    Ok(Some(Value::Array(schemas.map(|schema| Some(Value::String(schema))).collect())))
}

/// The bounds of a dimension of an array, which is as long as its longest part.
fn bounds(arguments: &[Option<Value>], lower: bool) -> Given {
    fn length(elements: &[Option<Value>], dimension: i64) -> usize {
        let inner = |element: &Option<Value>| match element {
            Some(Value::Array(elements)) => length(elements, dimension - 1),
            _ => 0,
        };
        if dimension == 1 { elements.len() } else { elements.iter().map(inner).max().unwrap_or(0) }
    }
    let dimension = whole(arguments, 1);
    let length = match elements(arguments).next() {
        Some(elements) if dimension > 0 => length(elements, dimension),
        _ => 0,
    };
    match length {
        0 => Ok(None),
        _ if lower => Ok(Some(Value::Integer(1))),
        length => count(length),
    }
}

fn unique(arguments: &[Option<Value>], run: &Run<'_>) -> Given {
    let mut seen = std::collections::BTreeSet::new();
    let mut out = Vec::new();
    for element in elements(arguments).flatten() {
        run.spend(1)?;
        if seen.insert(super::run::key(std::slice::from_ref(element))) {
            out.push(element.clone());
        }
    }
    Ok(Some(Value::Array(out)))
}

fn difference(arguments: &[Option<Value>], run: &Run<'_>) -> Given {
    let mut arrays = elements(arguments);
    let (Some(left), Some(right)) = (arrays.next(), arrays.next()) else { return Ok(None) };
    run.spend(left.len().saturating_mul(right.len()))?;
    Ok(Some(Value::Array(left.iter().filter(|element| !right.contains(element)).cloned().collect())))
}

/// Strings one behind the other, NULL as the empty one; or arrays.
fn concat(arguments: &[Option<Value>], _: &Run<'_>) -> Given {
    if elements(arguments).next().is_some() {
        return Ok(Some(Value::Array(elements(arguments).flatten().cloned().collect())));
    }
    string((0..arguments.len()).map(|at| text_at(arguments, at)).collect::<String>())
}

/// `%s` and `%d` are the arguments in turn, `%%` is a percent sign.
fn format(arguments: &[Option<Value>], _: &Run<'_>) -> Given {
    let mut values = arguments.iter().skip(1);
    let mut out = String::new();
    let mut characters = first_text(arguments).chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        match characters.next() {
            Some('%') => out.push('%'),
            Some('s' | 'd') => match values.next() {
                Some(Some(value)) => {
                    out.push_str(&String::from_utf8_lossy(&value.output(&value.ty(), Forms::default())));
                }
                _ => return Err(illegal("format has too few arguments")),
            },
            _ => return Err(Refusal::unsupported("format knows %s and %d only")),
        }
        if out.len() > (16 << 20) {
            return Err(too_large("the value is too long"));
        }
    }
    string(out)
}

fn capitalised(text: &str) -> String {
    let mut start = true;
    let mut out = String::new();
    for character in text.chars() {
        if start {
            out.extend(character.to_uppercase())
        } else {
            out.extend(character.to_lowercase())
        }
        start = !character.is_alphanumeric();
    }
    out
}

fn digest(text: &str) -> String {
    use md5::Digest as _;
    md5::Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// From a place counted from 1, so many characters.
fn substr(arguments: &[Option<Value>], _: &Run<'_>) -> Given {
    let skipped = usize::try_from(whole(arguments, 1).saturating_sub(1)).unwrap_or(0);
    let length = match arguments.get(2) {
        Some(_) => usize::try_from(whole(arguments, 2)).unwrap_or(0),
        None => usize::MAX,
    };
    string(first_text(arguments).chars().skip(skipped).take(length).collect::<String>())
}

fn replace(arguments: &[Option<Value>], run: &Run<'_>) -> Given {
    let (text, from, to) = (first_text(arguments), text_at(arguments, 1), text_at(arguments, 2));
    if from.is_empty() {
        return string(text);
    }
    let found = text.matches(from).count();
    run.spend(text.len() / 64)?;
    if text.len().saturating_add(found.saturating_mul(to.len())) > (16 << 20) {
        return Err(too_large("the value is too long"));
    }
    string(text.replace(from, to))
}

/// Replaces what matches first.
fn regexp_replace(arguments: &[Option<Value>], run: &Run<'_>) -> Given {
    let (text, pattern, to) = (first_text(arguments), text_at(arguments, 1), text_at(arguments, 2));
    run.spend(super::pattern::COMPILING)?;
    let known = super::pattern::searched(pattern)?;
    run.spend(known.cost(text))?;
    string(known.regex.replace(text, regex::NoExpand(to)))
}

fn most(arguments: &[Option<Value>], order: std::cmp::Ordering) -> Option<Value> {
    let further =
        |best: Value, value: &Value| if value.compare(&best) == Some(order) { value.clone() } else { best };
    let mut values = arguments.iter().flatten();
    let first = values.next()?.clone();
    Some(values.fold(first, further))
}

fn absolute(arguments: &[Option<Value>], _: &Run<'_>) -> Given {
    let overflow = || Refusal::new(Exception::Overflow, "overflow");
    Ok(match &arguments[0] {
        Some(Value::Byte(number)) => Some(Value::Byte(number.checked_abs().ok_or_else(overflow)?)),
        Some(Value::Short(number)) => Some(Value::Short(number.checked_abs().ok_or_else(overflow)?)),
        Some(Value::Integer(number)) => Some(Value::Integer(number.checked_abs().ok_or_else(overflow)?)),
        Some(Value::Long(number)) => Some(Value::Long(number.checked_abs().ok_or_else(overflow)?)),
        Some(Value::Float(number)) => Some(Value::Float(number.abs())),
        Some(Value::Double(number)) => Some(Value::Double(number.abs())),
        other => other.clone(),
    })
}

fn rounded(arguments: &[Option<Value>], round: fn(f64) -> f64) -> Given {
    Ok(match &arguments[0] {
        Some(Value::Float(number)) => Some(Value::Double(round(f64::from(*number))).cast(&Type::Integer)?),
        Some(Value::Double(number)) => Some(Value::Double(round(*number)).cast(&Type::Long)?),
        other => other.clone(),
    })
}

fn modulo(arguments: &[Option<Value>], _: &Run<'_>) -> Given {
    if let (Some(Value::Long(left)), Some(Value::Long(right))) = (&arguments[0], &arguments[1]) {
        let result = left.checked_rem(*right);
        return result
            .map(|result| Some(Value::Long(result)))
            .ok_or_else(|| Refusal::new(Exception::Arithmetic, "/ by zero"));
    }
    Ok(Some(Value::Double(real(arguments, 0) % real(arguments, 1))))
}
