//! `lseg`: a line segment, `[(x,y),(x,y)]`.

use super::geometry::{self, Text};
use super::point::Point;
use super::{Form, Invalid, Reader, Style};

/// A line segment, from one point to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lseg(
    /// Its ends.
    pub [Point; 2],
);

impl Lseg {
    /// PostgreSQL's `=`: the same, up to a small difference.
    pub fn same(&self, other: &Self) -> bool {
        self.0[0].same(&other.0[0]) && self.0[1].same(&other.0[1])
    }
}

impl Form for Lseg {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut text = Text::new("lseg", text);
        let (points, _) = text.points(2, true)?;
        text.end()?;
        points.try_into().map(Self).map_err(|_| text.invalid())
    }

    fn output(&self, style: &Style<'_>) -> String {
        format!("[{}]", geometry::points_text(&self.0, style.extra_float_digits))
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        Ok(Self([geometry::receive_point(bytes)?, geometry::receive_point(bytes)?]))
    }

    fn send(&self, out: &mut Vec<u8>) {
        self.0.iter().for_each(|point| geometry::send_point(point, out));
    }
}
