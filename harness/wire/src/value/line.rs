//! `line`: an endless line, `{A,B,C}` of the equation Ax + By + C = 0.

use super::float_text::float8_text;
use super::geometry::{self, Text};
use super::point::Point;
use super::{Form, Invalid, Reader, Style};

/// An endless line: the numbers of its equation, Ax + By + C = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// The factor of x.
    pub a: f64,
    /// The factor of y.
    pub b: f64,
    /// The constant.
    pub c: f64,
}

impl Line {
    /// PostgreSQL's `=`: the same, up to a factor and a small difference. The quotient may be out of range.
    pub fn same(&self, other: &Self) -> Result<bool, Invalid> {
        let pairs = [(self.a, other.a), (self.b, other.b), (self.c, other.c)];
        if pairs.iter().any(|(a, b)| a.is_nan() || b.is_nan()) {
            return Ok(pairs.iter().all(|(a, b)| geometry::equal(*a, *b)));
        }
        let ratio = match pairs.iter().find(|(_, b)| !geometry::is_zero(*b)) {
            Some((a, b)) => quotient(*a, *b)?,
            None => 1.0,
        };
        for (a, b) in pairs {
            if !geometry::about_equal(a, product(ratio, b)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The line through two points, which differ.
    fn through(a: Point, b: Point) -> Result<Self, Invalid> {
        if geometry::about_equal(a.x, b.x) {
            return Ok(Self { a: -1.0, b: 0.0, c: a.x });
        }
        if geometry::about_equal(a.y, b.y) {
            return Ok(Self { a: 0.0, b: -1.0, c: a.y });
        }
        let slope = quotient(difference(a.y, b.y)?, difference(a.x, b.x)?)?;
        if slope.is_infinite() {
            return Ok(Self { a: -1.0, b: 0.0, c: a.x });
        }
        if slope == 0.0 {
            return Ok(Self { a: 0.0, b: -1.0, c: a.y });
        }
        let c = difference(a.y, product(slope, a.x)?)?;
        // Adding zero takes the sign from a negative one.
        Ok(Self { a: slope, b: -1.0, c: c + 0.0 })
    }

    /// Whether it has a direction.
    fn is_line(&self) -> bool {
        !(geometry::is_zero(self.a) && geometry::is_zero(self.b))
    }
}

const NO_DIRECTION: &str = "invalid line specification: A and B cannot both be zero";

impl Form for Line {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut text = Text::new("line", text);
        text.skip_space();
        if !text.eat('{') {
            let (points, _) = text.points(2, true)?;
            text.end()?;
            let [a, b]: [Point; 2] = points.try_into().map_err(|_| text.invalid())?;
            if a.same(&b) {
                return Err(Invalid::new("22P02", "invalid line specification: must be two distinct points"));
            }
            return Self::through(a, b);
        }
        let a = text.number()?;
        text.expect(',')?;
        let b = text.number()?;
        text.expect(',')?;
        let c = text.number()?;
        text.expect('}')?;
        text.skip_space();
        text.end()?;
        let line = Self { a, b, c };
        if line.is_line() { Ok(line) } else { Err(Invalid::new("22P02", NO_DIRECTION)) }
    }

    fn output(&self, style: &Style<'_>) -> String {
        let text = |number| float8_text(number, style.extra_float_digits);
        format!("{{{},{},{}}}", text(self.a), text(self.b), text(self.c))
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let line = Self { a: bytes.f64()?, b: bytes.f64()?, c: bytes.f64()? };
        if line.is_line() { Ok(line) } else { Err(Invalid::new("22P03", NO_DIRECTION)) }
    }

    fn send(&self, out: &mut Vec<u8>) {
        for number in [self.a, self.b, self.c] {
            out.extend(number.to_be_bytes());
        }
    }
}

fn difference(a: f64, b: f64) -> Result<f64, Invalid> {
    checked(a - b, a.is_infinite() || b.is_infinite(), true)
}

fn product(a: f64, b: f64) -> Result<f64, Invalid> {
    checked(a * b, a.is_infinite() || b.is_infinite(), a == 0.0 || b == 0.0)
}

/// The divisor is not zero.
fn quotient(a: f64, b: f64) -> Result<f64, Invalid> {
    checked(a / b, a.is_infinite(), a == 0.0 || b.is_infinite())
}

/// A result, unless it is infinite or zero and may not be.
fn checked(result: f64, infinite: bool, zero: bool) -> Result<f64, Invalid> {
    match result {
        _ if result.is_infinite() && !infinite => Err(Invalid::new("22003", "value out of range: overflow")),
        0.0 if !zero => Err(Invalid::new("22003", "value out of range: underflow")),
        _ => Ok(result),
    }
}
