use crate::codec::{Fields, Text, Walk};

/// A notification from another session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NotificationResponse<'a> {
    /// The process id of the notifying backend.
    pub process: i32,
    /// The channel notified.
    pub channel: Text<'a>,
    /// The payload.
    pub payload: Text<'a>,
}

impl<'a> Fields<'a> for NotificationResponse<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.int32("process", &mut self.process)?;
        walk.string("channel", &mut self.channel)?;
        walk.string("payload", &mut self.payload)
    }
}
