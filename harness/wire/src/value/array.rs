//! Arrays: elements of one type in up to six dimensions, each of which begins at a lower bound.

use std::cmp::Ordering;

use super::scan::is_blank;
use super::{Invalid, Reader, Style, Types, Value, types};

/// How many dimensions an array has at most.
const MOST_DIMENSIONS: usize = 6;
/// How many elements an array has at most.
const MOST_ELEMENTS: i64 = 134_217_727;

/// A dimension of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dimension {
    /// How many elements.
    pub length: i32,
    /// The index of the first.
    pub lower: i32,
}

/// An array.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// The type of the elements.
    pub element: u32,
    /// The dimensions; none where the array is empty.
    pub dimensions: Vec<Dimension>,
    /// The elements, the last dimension running fastest. None is NULL.
    pub values: Vec<Option<Value>>,
}

impl Array {
    /// An array of one dimension, from index 1.
    pub fn new(element: u32, values: Vec<Option<Value>>) -> Self {
        let length = i32::try_from(values.len()).unwrap_or(i32::MAX);
        let dimensions = if values.is_empty() { Vec::new() } else { vec![Dimension { length, lower: 1 }] };
        Self { element, dimensions, values }
    }

    /// The order: element by element, NULL last; then the number of elements, and the dimensions.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        for pair in self.values.iter().zip(&other.values) {
            let order = match pair {
                (Some(left), Some(right)) => left.compare(right)?,
                (left, right) => left.is_none().cmp(&right.is_none()),
            };
            if order != Ordering::Equal {
                return Some(order);
            }
        }
        let lengths = self.values.len().cmp(&other.values.len());
        let counts = lengths.then(self.dimensions.len().cmp(&other.dimensions.len()));
        let of = |array: &Self| -> Vec<(i32, i32)> {
            array.dimensions.iter().map(|dimension| (dimension.length, dimension.lower)).collect()
        };
        Some(counts.then_with(|| of(self).cmp(&of(other))))
    }
}

fn malformed(text: &str, detail: impl Into<String>) -> Invalid {
    Invalid::new("22P02", format!("malformed array literal: \"{text}\"")).detail(detail)
}

fn too_many_dimensions() -> Invalid {
    let message = format!("number of array dimensions exceeds the maximum allowed ({MOST_DIMENSIONS})");
    Invalid::new("54000", message)
}

/// What stands between the elements of an array of this type.
fn delimiter(element: u32) -> char {
    types::by_oid(element).map_or(',', |row| row.delimiter)
}

/// The text of an array that is being read.
struct Input<'a> {
    whole: &'a str,
    rest: &'a str,
    delimiter: char,
}

/// A piece of it.
enum Token {
    Open,
    Close,
    Delimiter,
    Element(Option<String>),
}

impl Input<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(is_blank);
    }

    fn eat(&mut self, c: char) -> bool {
        match self.rest.strip_prefix(c) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn unexpected(&self, c: char) -> Invalid {
        malformed(self.whole, format!("Unexpected \"{c}\" character."))
    }

    fn end(&self) -> Invalid {
        malformed(self.whole, "Unexpected end of input.")
    }

    /// A bound; none where there is no digit.
    fn bound(&mut self) -> Result<Option<i32>, Invalid> {
        let sign = usize::from(self.rest.starts_with(['-', '+']));
        let digits = self.rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return Ok(None);
        }
        let (number, rest) = self.rest.split_at(sign + digits);
        self.rest = rest;
        let out_of_range = |_| Invalid::new("54000", "array bound is out of integer range");
        number.parse().map(Some).map_err(out_of_range)
    }

    /// Explicit dimensions: `[0:2][3]=`
    fn dimensions(&mut self) -> Result<Vec<Dimension>, Invalid> {
        let mut dimensions = Vec::new();
        loop {
            self.skip_space();
            if !self.eat('[') {
                break;
            }
            if dimensions.len() == MOST_DIMENSIONS {
                return Err(too_many_dimensions());
            }
            let missing = "\"[\" must introduce explicitly-specified array dimensions.";
            let first = self.bound()?.ok_or_else(|| malformed(self.whole, missing))?;
            let (lower, upper) = if self.eat(':') {
                let upper = self.bound()?;
                (first, upper.ok_or_else(|| malformed(self.whole, "Missing array dimension value."))?)
            } else {
                (1, first)
            };
            if !self.eat(']') {
                return Err(malformed(self.whole, "Missing \"]\" after array dimensions."));
            }
            if upper < lower {
                return Err(Invalid::new("2202E", "upper bound cannot be less than lower bound"));
            }
            if upper == i32::MAX {
                return Err(Invalid::new("54000", format!("array upper bound is too large: {upper}")));
            }
            let length = i64::from(upper) - i64::from(lower) + 1;
            let length = i32::try_from(length).map_err(|_| too_large())?;
            dimensions.push(Dimension { length, lower });
        }
        if dimensions.is_empty() {
            if !self.rest.starts_with('{') {
                let detail = "Array value must start with \"{\" or dimension information.";
                return Err(malformed(self.whole, detail));
            }
            return Ok(dimensions);
        }
        if !self.eat('=') {
            return Err(malformed(self.whole, "Missing \"=\" after array dimensions."));
        }
        self.skip_space();
        if !self.rest.starts_with('{') {
            return Err(malformed(self.whole, "Array contents must start with \"{\"."));
        }
        Ok(dimensions)
    }

    fn token(&mut self) -> Result<Token, Invalid> {
        self.skip_space();
        let c = self.rest.chars().next().ok_or_else(|| self.end())?;
        match c {
            '{' | '}' => {
                self.eat(c);
                Ok(if c == '{' { Token::Open } else { Token::Close })
            }
            _ if c == self.delimiter => {
                self.eat(c);
                Ok(Token::Delimiter)
            }
            '"' => self.quoted(),
            _ => self.unquoted(),
        }
    }

    fn quoted(&mut self) -> Result<Token, Invalid> {
        let mut element = String::new();
        let mut chars = self.rest[1..].chars();
        loop {
            match chars.next().ok_or_else(|| self.end())? {
                '"' => break,
                '\\' => element.push(chars.next().ok_or_else(|| self.end())?),
                c => element.push(c),
            }
        }
        self.rest = chars.as_str();
        self.skip_space();
        match self.rest.chars().next() {
            None => Err(self.end()),
            Some(c) if matches!(c, '{' | '}') || c == self.delimiter => Ok(Token::Element(Some(element))),
            Some(_) => Err(malformed(self.whole, "Incorrectly quoted array element.")),
        }
    }

    fn unquoted(&mut self) -> Result<Token, Invalid> {
        let mut element = String::new();
        // White space at the end does not count, but what is escaped does.
        let mut kept = 0;
        let mut escaped = false;
        let mut chars = self.rest.chars();
        loop {
            let before = chars.as_str();
            match chars.next().ok_or_else(|| self.end())? {
                '{' => return Err(self.unexpected('{')),
                '"' => return Err(malformed(self.whole, "Incorrectly quoted array element.")),
                '\\' => {
                    element.push(chars.next().ok_or_else(|| self.end())?);
                    (kept, escaped) = (element.len(), true);
                }
                c if c == '}' || c == self.delimiter => {
                    self.rest = before;
                    break;
                }
                c => {
                    element.push(c);
                    if !is_blank(c) {
                        kept = element.len();
                    }
                }
            }
        }
        element.truncate(kept);
        let null = !escaped && element.eq_ignore_ascii_case("null");
        Ok(Token::Element((!null).then_some(element)))
    }
}

fn too_large() -> Invalid {
    Invalid::new("54000", format!("array size exceeds the maximum allowed ({MOST_ELEMENTS})"))
}

/// The lengths of the dimensions that nested braces tell, and the elements.
fn contents(
    input: &mut Input<'_>,
    told: &[Dimension],
    read: &dyn Fn(&str) -> Result<Value, Invalid>,
) -> Result<(Vec<i32>, Vec<Option<Value>>), Invalid> {
    let mismatch = malformed(
        input.whole,
        if told.is_empty() {
            "Multidimensional arrays must have sub-arrays with matching dimensions."
        } else {
            "Specified array dimensions do not match array contents."
        },
    );
    let mut lengths: Vec<Option<i32>> = told.iter().map(|dimension| Some(dimension.length)).collect();
    let mut frozen = !told.is_empty();
    let mut counts: Vec<i32> = Vec::new();
    let mut elements = Vec::new();
    let mut expect_delimiter = false;
    loop {
        match input.token()? {
            Token::Open => {
                if counts.len() == MOST_DIMENSIONS {
                    return Err(too_many_dimensions());
                }
                if expect_delimiter {
                    return Err(input.unexpected('{'));
                }
                if let Some(count) = counts.last_mut() {
                    *count += 1;
                }
                counts.push(0);
                if counts.len() > lengths.len() {
                    if frozen {
                        return Err(mismatch);
                    }
                    lengths.push(None);
                }
            }
            Token::Close => {
                let count = counts.pop().unwrap_or(0);
                if count > 0 && !expect_delimiter {
                    return Err(input.unexpected('}'));
                }
                // What is this deep must be as long everywhere.
                frozen = true;
                if *lengths[counts.len()].get_or_insert(count) != count {
                    return Err(mismatch);
                }
                expect_delimiter = true;
                if counts.is_empty() {
                    break;
                }
            }
            Token::Delimiter if expect_delimiter => expect_delimiter = false,
            Token::Delimiter => return Err(input.unexpected(input.delimiter)),
            Token::Element(element) => {
                if expect_delimiter {
                    return Err(malformed(input.whole, "Unexpected array element."));
                }
                frozen = true;
                if counts.len() != lengths.len() {
                    return Err(mismatch);
                }
                if let Some(count) = counts.last_mut() {
                    *count += 1;
                }
                elements.push(element.map(|text| read(&text)).transpose()?);
                expect_delimiter = true;
            }
        }
    }
    input.skip_space();
    if !input.rest.is_empty() {
        return Err(malformed(input.whole, "Junk after closing right brace."));
    }
    Ok((lengths.into_iter().map(Option::unwrap_or_default).collect(), elements))
}

/// Reads the text form.
pub(super) fn input(
    types: &dyn Types,
    element: u32,
    modifier: i32,
    text: &str,
    style: &Style<'_>,
) -> Result<Array, Invalid> {
    let mut input = Input { whole: text, rest: text, delimiter: delimiter(element) };
    let told = input.dimensions()?;
    let read = |text: &str| super::input(types, element, modifier, text, style);
    let (lengths, values) = contents(&mut input, &told, &read)?;
    if values.is_empty() {
        return Ok(Array { element, dimensions: Vec::new(), values });
    }
    let lower = |index: usize| told.get(index).map_or(1, |dimension| dimension.lower);
    let dimensions =
        lengths.into_iter().enumerate().map(|(index, length)| Dimension { length, lower: lower(index) });
    Ok(Array { element, dimensions: dimensions.collect(), values })
}

/// Writes the text form.
pub(super) fn output(types: &dyn Types, array: &Array, style: &Style<'_>) -> String {
    if array.dimensions.is_empty() {
        return "{}".to_owned();
    }
    let mut out = String::new();
    if array.dimensions.iter().any(|dimension| dimension.lower != 1) {
        for dimension in &array.dimensions {
            let upper = i64::from(dimension.lower) + i64::from(dimension.length) - 1;
            out.push_str(&format!("[{}:{upper}]", dimension.lower));
        }
        out.push('=');
    }
    let delimiter = delimiter(array.element);
    let mut values = array.values.iter();
    let mut write = |value: Option<&Value>, out: &mut String| match value {
        None => out.push_str("NULL"),
        Some(value) => push_element(out, &super::output(types, array.element, value, style), delimiter),
    };
    nest(&array.dimensions, delimiter, &mut || values.next().and_then(Option::as_ref), &mut write, &mut out);
    out
}

/// Writes one dimension and those inside it.
fn nest<'a>(
    dimensions: &[Dimension],
    delimiter: char,
    next: &mut dyn FnMut() -> Option<&'a Value>,
    write: &mut dyn FnMut(Option<&'a Value>, &mut String),
    out: &mut String,
) {
    let Some((dimension, inner)) = dimensions.split_first() else {
        write(next(), out);
        return;
    };
    out.push('{');
    for index in 0..dimension.length {
        if index > 0 {
            out.push(delimiter);
        }
        nest(inner, delimiter, next, write, out);
    }
    out.push('}');
}

/// Appends an element, in quotes where it would be read as something else without them.
fn push_element(out: &mut String, text: &str, delimiter: char) {
    let special = |c: char| matches!(c, '"' | '\\' | '{' | '}') || c == delimiter || is_blank(c);
    if !text.is_empty() && !text.eq_ignore_ascii_case("null") && !text.contains(special) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

/// Reads the binary form.
pub(super) fn receive(
    types: &dyn Types,
    element: u32,
    modifier: i32,
    bytes: &mut Reader<'_>,
) -> Result<Array, Invalid> {
    let invalid = |message: String| Invalid::new("22P03", message);
    let count = bytes.i32()?;
    let Ok(depth) = usize::try_from(count) else {
        return Err(invalid(format!("invalid number of dimensions: {count}")));
    };
    if depth > MOST_DIMENSIONS {
        let message =
            format!("number of array dimensions ({count}) exceeds the maximum allowed ({MOST_DIMENSIONS})");
        return Err(Invalid::new("54000", message));
    }
    if !matches!(bytes.i32()?, 0 | 1) {
        return Err(invalid("invalid array flags".to_owned()));
    }
    let sent = bytes.i32()?.cast_unsigned();
    if sent != element {
        let message = format!(
            "binary data has array element type {sent} ({}) instead of expected {element} ({})",
            types.name(sent),
            types.name(element)
        );
        return Err(Invalid::new("42804", message));
    }
    let mut dimensions = Vec::new();
    let mut total: i64 = 1;
    for _ in 0..depth {
        let (length, lower) = (bytes.i32()?, bytes.i32()?);
        total = total.saturating_mul(i64::from(length));
        if length < 0 || total > MOST_ELEMENTS {
            return Err(too_large());
        }
        if i64::from(lower) + i64::from(length) > i64::from(i32::MAX) {
            let message = format!("array lower bound is too large: {lower}");
            return Err(Invalid::new("54000", message));
        }
        dimensions.push(Dimension { length, lower });
    }
    if depth == 0 || total == 0 {
        return Ok(Array { element, dimensions: Vec::new(), values: Vec::new() });
    }
    let mut values = Vec::new();
    for index in 1..=total {
        let what = || format!("array element {index}");
        values.push(super::receive_part(types, element, modifier, bytes, &what)?);
    }
    Ok(Array { element, dimensions, values })
}

/// Writes the binary form.
pub(super) fn send(types: &dyn Types, array: &Array, out: &mut Vec<u8>) -> Result<(), Invalid> {
    let count = i32::try_from(array.dimensions.len()).unwrap_or(i32::MAX);
    let nulls = i32::from(array.values.iter().any(Option::is_none));
    for field in [count, nulls, array.element.cast_signed()] {
        out.extend(field.to_be_bytes());
    }
    for dimension in &array.dimensions {
        out.extend(dimension.length.to_be_bytes());
        out.extend(dimension.lower.to_be_bytes());
    }
    for value in &array.values {
        super::send_part(types, array.element, value.as_ref(), out)?;
    }
    Ok(())
}
