//! `circle`: `<(x,y),r>`.

use super::float_text::float8_text;
use super::geometry::{self, Text};
use super::point::Point;
use super::{Form, Invalid, Reader, Style};

/// A circle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Its center.
    pub center: Point,
    /// Its radius, which is not negative.
    pub radius: f64,
}

impl Circle {
    /// PostgreSQL's `~=`: the same, up to a small difference. (Its `=` compares areas.)
    pub fn same(&self, other: &Self) -> bool {
        let (a, b) = (self.radius, other.radius);
        ((a.is_nan() && b.is_nan()) || geometry::about_equal(a, b)) && self.center.same(&other.center)
    }
}

impl Form for Circle {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut text = Text::new("circle", text);
        text.skip_space();
        let angle = text.eat('<');
        let delimited = angle || text.outer_parenthesis(false);
        let center = text.point()?;
        text.eat(',');
        let radius = text.number()?;
        if radius < 0.0 {
            return Err(text.invalid());
        }
        if delimited {
            if !(text.eat(')') || text.eat('>')) {
                return Err(text.invalid());
            }
            text.skip_space();
        }
        text.end()?;
        Ok(Self { center, radius })
    }

    fn output(&self, style: &Style<'_>) -> String {
        let digits = style.extra_float_digits;
        format!("<{},{}>", geometry::point_text(&self.center, digits), float8_text(self.radius, digits))
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let circle = Self { center: geometry::receive_point(bytes)?, radius: bytes.f64()? };
        if circle.radius < 0.0 {
            return Err(Invalid::new("22P03", "invalid radius in external \"circle\" value"));
        }
        Ok(circle)
    }

    fn send(&self, out: &mut Vec<u8>) {
        geometry::send_point(&self.center, out);
        out.extend(self.radius.to_be_bytes());
    }
}
