use crate::codec::{Fields, Walk};

/// The one byte that answers an SSLRequest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SSLResponse {
    /// `S` for yes, `N` for no.
    pub answer: u8,
}

impl<'a> Fields<'a> for SSLResponse {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.byte("answer", &mut self.answer)
    }
}
