//! What the geometric types share: points, their text, and equality up to a small difference.

use super::float_text::{float8_text, scan_float8};
use super::point::Point;
use super::scan::is_space;
use super::{Invalid, Reader};

/// Numbers that differ by no more are taken as equal.
const EPSILON: f64 = 1e-6;

/// Whether a number is about zero.
pub(crate) fn is_zero(number: f64) -> bool {
    number.abs() <= EPSILON
}

/// Whether two numbers are about equal. None is equal to not-a-number.
#[allow(clippy::float_cmp, reason = "infinity is equal to itself, and the difference is not a number")]
pub(crate) fn about_equal(a: f64, b: f64) -> bool {
    a == b || is_zero(a - b)
}

/// Whether two numbers are equal, where not-a-number is equal to itself.
#[allow(clippy::float_cmp, reason = "it is exact equality that is asked for")]
pub(crate) fn equal(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

/// Whether `a` is below `b`, where not-a-number is above all.
pub(crate) fn below(a: f64, b: f64) -> bool {
    !a.is_nan() && (b.is_nan() || a < b)
}

/// Whether two points are about the same.
pub(crate) fn same_point(a: &Point, b: &Point) -> bool {
    if [a.x, a.y, b.x, b.y].into_iter().any(f64::is_nan) {
        return equal(a.x, b.x) && equal(a.y, b.y);
    }
    about_equal(a.x, b.x) && about_equal(a.y, b.y)
}

/// A point as text: `(x,y)`.
pub(crate) fn point_text(point: &Point, extra_float_digits: i32) -> String {
    format!("({},{})", float8_text(point.x, extra_float_digits), float8_text(point.y, extra_float_digits))
}

/// Points as text: `(x,y),(x,y)`.
pub(crate) fn points_text(points: &[Point], extra_float_digits: i32) -> String {
    let points: Vec<String> = points.iter().map(|point| point_text(point, extra_float_digits)).collect();
    points.join(",")
}

/// Writes a point in binary.
pub(crate) fn send_point(point: &Point, out: &mut Vec<u8>) {
    out.extend(point.x.to_be_bytes());
    out.extend(point.y.to_be_bytes());
}

/// Reads a point in binary.
pub(crate) fn receive_point(bytes: &mut Reader<'_>) -> Result<Point, Invalid> {
    Ok(Point { x: bytes.f64()?, y: bytes.f64()? })
}

/// Reads, in binary, a number of points and so many points, which PostgreSQL keeps behind a header of so many bytes.
pub(crate) fn receive_points(
    bytes: &mut Reader<'_>,
    type_name: &str,
    header: i32,
) -> Result<Vec<Point>, Invalid> {
    const POINT: i32 = 16;
    let count = bytes.i32()?;
    if !(1..(i32::MAX - header) / POINT).contains(&count) {
        let message = format!("invalid number of points in external \"{type_name}\" value");
        return Err(Invalid::new("22P03", message));
    }
    let size = header + count * POINT;
    if size >= 1 << 30 {
        return Err(Invalid::new("XX000", format!("invalid memory alloc request size {size}")));
    }
    (0..count).map(|_| receive_point(bytes)).collect()
}

/// Writes the number of the points and the points in binary.
pub(crate) fn send_points(points: &[Point], out: &mut Vec<u8>) {
    // Their number came from an Int32, or from a text that is shorter than that.
    out.extend(i32::try_from(points.len()).unwrap_or(i32::MAX).to_be_bytes());
    for point in points {
        send_point(point, out);
    }
}

/// Reads the text of a geometric type.
pub(crate) struct Text<'a> {
    type_name: &'static str,
    whole: &'a str,
    /// What is not read yet.
    rest: &'a str,
}

impl<'a> Text<'a> {
    pub(crate) fn new(type_name: &'static str, whole: &'a str) -> Self {
        Self { type_name, whole, rest: whole }
    }

    /// That the text is none of the type.
    pub(crate) fn invalid(&self) -> Invalid {
        Invalid::syntax(self.type_name, self.whole)
    }

    pub(crate) fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(|c| u8::try_from(c).is_ok_and(is_space));
    }

    pub(crate) fn at(&self, c: char) -> bool {
        self.rest.starts_with(c)
    }

    /// Passes over `c`, if it is next.
    pub(crate) fn eat(&mut self, c: char) -> bool {
        let behind = self.rest.strip_prefix(c);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    pub(crate) fn expect(&mut self, c: char) -> Result<(), Invalid> {
        if self.eat(c) { Ok(()) } else { Err(self.invalid()) }
    }

    /// That all is read.
    pub(crate) fn end(&self) -> Result<(), Invalid> {
        if self.rest.is_empty() { Ok(()) } else { Err(self.invalid()) }
    }

    pub(crate) fn number(&mut self) -> Result<f64, Invalid> {
        let (number, rest) = scan_float8(self.rest, self.type_name, self.whole)?;
        self.rest = rest;
        Ok(number)
    }

    /// Reads `x,y` or `(x,y)`.
    pub(crate) fn point(&mut self) -> Result<Point, Invalid> {
        self.skip_space();
        let parenthesis = self.eat('(');
        let x = self.number()?;
        self.expect(',')?;
        let y = self.number()?;
        if parenthesis {
            self.expect(')')?;
            self.skip_space();
        }
        Ok(Point { x, y })
    }

    /// Passes over a parenthesis at the start that has another behind it. `alone` is whether the last one will do too.
    pub(crate) fn outer_parenthesis(&mut self, alone: bool) -> bool {
        let mut inside = Text { rest: self.rest, ..*self };
        let opens = inside.eat('(');
        inside.skip_space();
        if opens && (inside.at('(') || (alone && !inside.rest.contains('('))) {
            self.rest = inside.rest;
            return true;
        }
        false
    }

    /// Passes over a parenthesis at the start that is the only one.
    pub(crate) fn lone_parenthesis(&mut self) -> bool {
        let lone = self.at('(') && self.rest.matches('(').count() == 1;
        lone && self.eat('(')
    }

    /// Reads `count` points, perhaps in parentheses or, if `brackets`, in brackets; gives whether in those.
    pub(crate) fn points(&mut self, count: usize, brackets: bool) -> Result<(Vec<Point>, bool), Invalid> {
        self.skip_space();
        let open = self.eat('[');
        if open && !brackets {
            return Err(self.invalid());
        }
        let delimited = open || self.outer_parenthesis(true);
        let mut points = Vec::new();
        for _ in 0..count {
            points.push(self.point()?);
            self.eat(',');
        }
        if delimited {
            if !(self.eat(')') || (open && self.eat(']'))) {
                return Err(self.invalid());
            }
            self.skip_space();
        }
        Ok((points, open))
    }

    /// How many points the text has by its commas.
    pub(crate) fn count(&self) -> Result<usize, Invalid> {
        let commas = self.whole.matches(',').count();
        if commas % 2 == 1 { Ok(commas.div_ceil(2)) } else { Err(self.invalid()) }
    }
}
