//! `polygon`: `((x,y),...)`.

use super::geometry::{self, Text};
use super::point::Point;
use super::{Form, Invalid, Reader, Style};

/// A polygon.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon(
    /// Its corners.
    pub Vec<Point>,
);

impl Polygon {
    /// PostgreSQL's `~=`: the same corners, up to a small difference, from wherever and in either direction they are told.
    pub fn same(&self, other: &Self) -> bool {
        let count = self.0.len();
        let matches = |start: usize, step: usize| {
            self.0.iter().enumerate().all(|(at, point)| point.same(&other.0[(start + at * step) % count]))
        };
        // A step of all but one is a step back.
        count == other.0.len() && (0..count).any(|start| matches(start, 1) || matches(start, count - 1))
    }
}

impl Form for Polygon {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut text = Text::new("polygon", text);
        let count = text.count()?;
        let (points, _) = text.points(count, false)?;
        text.end()?;
        Ok(Self(points))
    }

    fn output(&self, style: &Style<'_>) -> String {
        format!("({})", geometry::points_text(&self.0, style.extra_float_digits))
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        geometry::receive_points(bytes, "polygon", 40).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        geometry::send_points(&self.0, out);
    }
}
