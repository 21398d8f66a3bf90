use crate::codec::{Fields, Text, Walk};

/// What a later [`CancelRequest`](super::CancelRequest) needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackendKeyData<'a> {
    /// The process id of this backend.
    pub process: i32,
    /// Its secret key: 4 bytes in protocol 3.0, up to 256 in 3.2.
    pub key: Text<'a>,
}

impl<'a> Fields<'a> for BackendKeyData<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.int32("process", &mut self.process)?;
        walk.secret_rest("key", &mut self.key)
    }
}
