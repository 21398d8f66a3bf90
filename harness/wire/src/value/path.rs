//! `path`: points joined by lines, closed `((x,y),...)` or open `[(x,y),...]`.

use super::geometry::{self, Text};
use super::point::Point;
use super::{Form, Invalid, Reader, Style};

/// Points joined by lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Whether a line leads from the last point to the first.
    pub closed: bool,
    /// The points.
    pub points: Vec<Point>,
}

impl Form for Path {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut text = Text::new("path", text);
        let count = text.count()?;
        text.skip_space();
        let parenthesis = text.lone_parenthesis();
        let (points, open) = text.points(count, true)?;
        if parenthesis {
            text.expect(')')?;
            text.skip_space();
        }
        text.end()?;
        Ok(Self { closed: !open, points })
    }

    fn output(&self, style: &Style<'_>) -> String {
        let points = geometry::points_text(&self.points, style.extra_float_digits);
        if self.closed { format!("({points})") } else { format!("[{points}]") }
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let closed = bytes.byte()? != 0;
        Ok(Self { closed, points: geometry::receive_points(bytes, "path", 16)? })
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.closed));
        geometry::send_points(&self.points, out);
    }
}
