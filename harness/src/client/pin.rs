//! What a driver does not do alike each time, told alike.

use crate::transcript::{Event, Transcript};
use pgconform_wire::{Frontend, Message, Side, Text};

/// tokio-postgres names its statements `s0`, `s1` and so on, by a counter of the whole process: which numbers a case gets
/// hangs on what ran before it. Here they begin at 0 in each transcript.
pub(super) fn statements(transcript: &mut Transcript) {
    let mut names: Vec<Vec<u8>> = Vec::new();
    let events = transcript.connections.iter_mut().flat_map(|connection| &mut connection.events);
    for event in events {
        let Event::Frame(kept) = event else { continue };
        if kept.side != Side::Frontend {
            continue;
        }
        let Some(Ok(Message::Frontend(mut message))) = kept.message() else { continue };
        let Some(name) = statement(&mut message) else { continue };
        if !is_counted(name.0) {
            continue;
        }
        let place = names.iter().position(|known| known == name.0).unwrap_or_else(|| {
            names.push(name.0.to_vec());
            names.len() - 1
        });
        let pinned = format!("s{place}");
        *name = Text(pinned.as_bytes());
        let mut bytes = Vec::new();
        // A message that was read can be written, and a name of this length fits.
        if message.encode(&mut bytes).is_ok() {
            kept.bytes = bytes;
        }
    }
}

/// The name of the prepared statement that a message is about.
fn statement<'m, 'a>(message: &'m mut Frontend<'a>) -> Option<&'m mut Text<'a>> {
    match message {
        Frontend::Parse(parse) => Some(&mut parse.statement),
        Frontend::Bind(bind) => Some(&mut bind.statement),
        Frontend::Describe(describe) if describe.target == b'S' => Some(&mut describe.name),
        Frontend::Close(close) if close.target == b'S' => Some(&mut close.name),
        _ => None,
    }
}

fn is_counted(name: &[u8]) -> bool {
    name.strip_prefix(b"s").is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::Connection;
    use pgconform_wire::message::{Close, Describe, Parse, StartupMessage};
    use pgconform_wire::version::V3_0;

    #[test]
    fn statements_are_counted_anew() {
        let mut connection = Connection::default();
        let mut send = |message: Frontend<'_>| {
            let mut bytes = Vec::new();
            message.encode(&mut bytes).unwrap();
            connection.push(Side::Frontend, &bytes);
        };
        send(StartupMessage { version: V3_0, parameters: vec![] }.into());
        for name in ["s41", "s7", "s41", "mine"] {
            let name = Text(name.as_bytes());
            send(Parse { statement: name, query: Text(b"SELECT s41"), types: vec![] }.into());
            send(Describe { target: b'S', name }.into());
            send(Close { target: b'P', name }.into());
        }
        let mut transcript = Transcript { connections: vec![connection] };
        statements(&mut transcript);
        let lines = transcript.lines();
        assert_eq!(lines[1], r#"F 20 Parse statement="s0" query="SELECT s41" types=[]"#);
        assert_eq!(lines[2], r#"F 8 Describe target=S name="s0""#);
        // A portal.
        assert_eq!(lines[3], r#"F 9 Close target=P name="s41""#);
        assert_eq!(lines[5], r#"F 8 Describe target=S name="s1""#);
        assert_eq!(lines[8], r#"F 8 Describe target=S name="s0""#);
        assert_eq!(lines[11], r#"F 10 Describe target=S name="mine""#);
    }
}
