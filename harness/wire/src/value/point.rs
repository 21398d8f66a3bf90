//! `point`: `(x,y)`.

use super::geometry::{self, Text};
use super::{Form, Invalid, Reader, Style};

/// A point of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The abscissa.
    pub x: f64,
    /// The ordinate.
    pub y: f64,
}

impl Point {
    /// PostgreSQL's `~=`: the same, up to a small difference.
    pub fn same(&self, other: &Self) -> bool {
        geometry::same_point(self, other)
    }
}

impl Form for Point {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut text = Text::new("point", text);
        let point = text.point()?;
        text.end()?;
        Ok(point)
    }

    fn output(&self, style: &Style<'_>) -> String {
        geometry::point_text(self, style.extra_float_digits)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        geometry::receive_point(bytes)
    }

    fn send(&self, out: &mut Vec<u8>) {
        geometry::send_point(self, out);
    }
}
