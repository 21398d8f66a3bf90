//! `box`: a rectangle, `(x,y),(x,y)`.

use super::geometry::{self, Text};
use super::point::Point;
use super::{Form, Invalid, Reader, Style};

/// A rectangle: its upper right corner and its lower left one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxValue {
    high: Point,
    low: Point,
}

impl BoxValue {
    /// The rectangle between two opposite corners.
    pub fn new(a: Point, b: Point) -> Self {
        let sorted = |a, b| if geometry::below(a, b) { (b, a) } else { (a, b) };
        let ((high_x, low_x), (high_y, low_y)) = (sorted(a.x, b.x), sorted(a.y, b.y));
        Self { high: Point { x: high_x, y: high_y }, low: Point { x: low_x, y: low_y } }
    }

    /// The upper right corner.
    pub fn high(&self) -> Point {
        self.high
    }

    /// The lower left corner.
    pub fn low(&self) -> Point {
        self.low
    }

    /// PostgreSQL's `~=`: the same, up to a small difference. (Its `=` compares areas.)
    pub fn same(&self, other: &Self) -> bool {
        self.high.same(&other.high) && self.low.same(&other.low)
    }
}

impl Form for BoxValue {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut text = Text::new("box", text);
        let (points, _) = text.points(2, false)?;
        text.end()?;
        let [a, b] = points.try_into().map_err(|_| text.invalid())?;
        Ok(Self::new(a, b))
    }

    fn output(&self, style: &Style<'_>) -> String {
        geometry::points_text(&[self.high, self.low], style.extra_float_digits)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        Ok(Self::new(geometry::receive_point(bytes)?, geometry::receive_point(bytes)?))
    }

    fn send(&self, out: &mut Vec<u8>) {
        geometry::send_point(&self.high, out);
        geometry::send_point(&self.low, out);
    }
}
