use crate::codec::{Fields, Walk};

/// The one byte that answers a GSSENCRequest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GSSENCResponse {
    /// `G` for yes, `N` for no.
    pub answer: u8,
}

impl<'a> Fields<'a> for GSSENCResponse {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.byte("answer", &mut self.answer)
    }
}
