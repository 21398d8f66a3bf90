//! The report for Wireshark and its kind: every byte of a run as packets, secrets masked.
//!
//! Addresses, headers and times are made up: a transcript has no packets. Each frame is a segment, or as many as it
//! needs; each connection is a TCP stream of its own to port 5432, whose first packet names the case. What is said in TLS
//! was tapped inside it and is shown in clear, as a stream behind the one with the SSLRequest.

use super::{Outcome, Reporter};
use crate::runner::Event;
use crate::transcript::{self, Connection, Kept};
use etherparse::PacketBuilder;
use pcap_file::DataLink;
use pcap_file::pcapng::PcapNgWriter;
use pcap_file::pcapng::blocks::enhanced_packet::{EnhancedPacketBlock, EnhancedPacketOption};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pgconform_wire::{Side, trace};
use std::io::{self, Write};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The port by which dissectors know the protocol.
const PORT: u16 = 5432;

/// The most bytes in a segment: with its headers, a packet tells its length in 16 bits.
const SEGMENT: usize = 60_000;

/// Between two packets.
const TICK: Duration = Duration::from_micros(1);

/// Writes the packets of each case when it has been played.
pub(super) struct Pcapng<W: Write> {
    out: PcapNgWriter<W>,
    now: Duration,
    streams: u32,
    /// What went wrong since this could last be told.
    failed: Option<io::Error>,
}

impl<W: Write> Pcapng<W> {
    pub(super) fn new(out: W) -> io::Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::starting(out, now)
    }

    fn starting(out: W, now: Duration) -> io::Result<Self> {
        let mut out = PcapNgWriter::new(out).map_err(io::Error::other)?;
        let mut interface = InterfaceDescriptionBlock::new(DataLink::RAW, 0);
        interface.options.push(InterfaceDescriptionOption::IfName("pgconform".into()));
        // The writer counts in nanoseconds: ten to the minus ninth.
        interface.options.push(InterfaceDescriptionOption::IfTsResol(9));
        out.write_pcapng_block(interface).map_err(io::Error::other)?;
        Ok(Self { out, now, streams: 0, failed: None })
    }

    /// A connection, as one stream or, where it changes to TLS, two.
    fn connection(&mut self, name: &str, connection: &Connection) -> io::Result<()> {
        let mut stream: Option<Stream> = None;
        let mut name = name.to_owned();
        for event in &connection.events {
            match event {
                transcript::Event::Frame(kept) => {
                    let stream = match &mut stream {
                        Some(stream) => stream,
                        None => stream.insert(self.open(&name)?),
                    };
                    self.frame(stream, kept)?;
                }
                transcript::Event::Tls(version) => {
                    stream = None;
                    name = format!("{name}, inside {version}");
                }
                transcript::Event::Closed(side) => {
                    if let Some(stream) = &mut stream {
                        self.packet(stream, *side, Control::Fin, &[], None)?;
                    }
                }
                transcript::Event::Reset(side) => {
                    if let Some(stream) = &mut stream {
                        self.packet(stream, *side, Control::Rst, &[], None)?;
                    }
                }
                transcript::Event::TlsFailed(_) => {}
            }
        }
        Ok(())
    }

    /// Opens a stream: SYN with its name for a comment, SYN and ACK, ACK.
    fn open(&mut self, name: &str) -> io::Result<Stream> {
        let number = self.streams;
        self.streams = self.streams.wrapping_add(1);
        let [a, b, c, d] = number.to_be_bytes();
        // Its number, over ports and addresses that no other stream has.
        let mut stream = Stream {
            frontend: [10, a, b.wrapping_add(1), c],
            port: 50_000 + u16::from(d),
            sent: [1000, 5000],
        };
        self.packet(&mut stream, Side::Frontend, Control::Syn, &[], Some(name))?;
        self.packet(&mut stream, Side::Backend, Control::Syn, &[], None)?;
        self.packet(&mut stream, Side::Frontend, Control::Ack, &[], None)?;
        Ok(stream)
    }

    fn frame(&mut self, stream: &mut Stream, kept: &Kept) -> io::Result<()> {
        let mut bytes = kept.bytes.clone();
        for range in trace::secret_bytes(kept.frame()) {
            bytes[range].fill(b'x');
        }
        for segment in bytes.chunks(SEGMENT) {
            self.packet(stream, kept.side, Control::Ack, segment, None)?;
        }
        Ok(())
    }

    fn packet(
        &mut self,
        stream: &mut Stream,
        side: Side,
        control: Control,
        payload: &[u8],
        comment: Option<&str>,
    ) -> io::Result<()> {
        const BACKEND: [u8; 4] = [10, 255, 0, 1];
        let (from, to, ports) = match side {
            Side::Frontend => (stream.frontend, BACKEND, (stream.port, PORT)),
            Side::Backend => (BACKEND, stream.frontend, (PORT, stream.port)),
        };
        let (own, other) = (side as usize, 1 - side as usize);
        let builder = PacketBuilder::ipv4(from, to, 64).tcp(ports.0, ports.1, stream.sent[own], u16::MAX);
        let acknowledged = stream.sent[other];
        let first = control == Control::Syn && side == Side::Frontend;
        let builder = if first { builder } else { builder.ack(acknowledged) };
        let builder = match control {
            Control::Syn => builder.syn(),
            Control::Ack if payload.is_empty() => builder,
            Control::Ack => builder.psh(),
            Control::Fin => builder.fin(),
            Control::Rst => builder.rst(),
        };
        let mut data = Vec::with_capacity(builder.size(payload.len()));
        builder.write(&mut data, payload).map_err(io::Error::other)?;
        let counted = u32::try_from(payload.len()).map_err(io::Error::other)?
            + u32::from(matches!(control, Control::Syn | Control::Fin));
        stream.sent[own] = stream.sent[own].wrapping_add(counted);
        self.now += TICK;
        let block = EnhancedPacketBlock {
            interface_id: 0,
            timestamp: self.now,
            original_len: u32::try_from(data.len()).map_err(io::Error::other)?,
            data: data.into(),
            options: comment.map(|text| EnhancedPacketOption::Comment(text.into())).into_iter().collect(),
        };
        self.out.write_pcapng_block(block).map_err(io::Error::other)?;
        Ok(())
    }
}

/// One TCP stream.
struct Stream {
    frontend: [u8; 4],
    port: u16,
    /// The next sequence number of each side.
    sent: [u32; 2],
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    Syn,
    Ack,
    Fin,
    Rst,
}

impl<W: Write> Reporter for Pcapng<W> {
    fn event(&mut self, event: &Event<'_>) {
        let Event::Played { judged, transcript, .. } = event else { return };
        for connection in &transcript.connections {
            let mut name = format!("{} ({}, {})", judged.case, judged.profile, judged.client);
            if !connection.name.is_empty() {
                name = format!("{name} [{}]", connection.name);
            }
            if self.failed.is_none() {
                self.failed = self.connection(&name, connection).err();
            }
        }
    }

    fn finish(&mut self, _: &Outcome<'_>) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.get_mut().flush(),
        }
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use etherparse::{SlicedPacket, TransportSlice};
    use pcap_file::pcapng::{Block, PcapNgReader};
    use pgconform_wire::Frontend;
    use pgconform_wire::message::{PasswordMessage, Query, SSLRequest, StartupMessage};
    use pgconform_wire::version::V3_0;

    fn connection() -> Connection {
        fn send<'a>(connection: &mut Connection, message: impl Into<Frontend<'a>>) {
            let mut bytes = Vec::new();
            message.into().encode(&mut bytes).unwrap();
            connection.push(Side::Frontend, &bytes);
        }
        let mut connection = Connection::named("");
        send(&mut connection, SSLRequest);
        connection.push(Side::Backend, b"S");
        connection.note(transcript::Event::Tls("TLSv1.3".to_owned()));
        send(&mut connection, StartupMessage { version: V3_0, parameters: Vec::new() });
        connection.push(Side::Backend, b"R\0\0\0\x08\0\0\0\x03");
        send(&mut connection, PasswordMessage { password: "hunter2".into() });
        connection.push(Side::Backend, b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I");
        let long = "x".repeat(SEGMENT);
        send(&mut connection, Query { query: long.as_str().into() });
        connection.note(transcript::Event::Closed(Side::Frontend));
        connection
    }

    /// The packets as ports, sequence number, flags and payload, with the comments.
    fn packets(file: &[u8]) -> Vec<(u16, u16, u32, String, Vec<u8>)> {
        let mut reader = PcapNgReader::new(file).unwrap();
        let mut packets = Vec::new();
        while let Some(block) = reader.next_block() {
            let Block::EnhancedPacket(block) = block.unwrap() else { continue };
            let packet = SlicedPacket::from_ip(&block.data).unwrap();
            let Some(TransportSlice::Tcp(tcp)) = packet.transport else { panic!("no TCP") };
            let flags = [(tcp.syn(), 'S'), (tcp.fin(), 'F'), (tcp.ack(), '.')];
            let mut flags: String = flags.iter().filter(|(on, _)| *on).map(|(_, flag)| flag).collect();
            for option in &block.options {
                if let EnhancedPacketOption::Comment(comment) = option {
                    flags += comment;
                }
            }
            let (source, destination) = (tcp.source_port(), tcp.destination_port());
            packets.push((source, destination, tcp.sequence_number(), flags, tcp.payload().to_vec()));
        }
        packets
    }

    #[test]
    fn a_connection_as_packets() {
        let mut file = Vec::new();
        let mut report = Pcapng::starting(&mut file, Duration::from_secs(1)).unwrap();
        report.connection("a/b", &connection()).unwrap();
        drop(report);
        let packets = packets(&file);
        let flags: Vec<_> = packets.iter().map(|packet| packet.3.as_str()).collect();
        let inside = "Sa/b, inside TLSv1.3";
        assert_eq!(
            flags,
            ["Sa/b", "S.", ".", ".", ".", inside, "S.", ".", ".", ".", ".", ".", ".", ".", ".", "F."]
        );
        assert_eq!((packets[3].0, packets[3].1, packets[3].2), (50_000, 5432, 1001));
        assert_eq!((packets[4].0, packets[4].1, packets[4].4.as_slice()), (5432, 50_000, b"S".as_slice()));
        assert_eq!(packets[5].0, 50_001, "what is in TLS is a stream of its own");
        assert_eq!(packets[10].4, b"p\0\0\0\x0cxxxxxxx\0", "the password is masked");
        let long: usize = packets[13..15].iter().map(|packet| packet.4.len()).sum();
        assert_eq!((long, packets[13].4.len()), (SEGMENT + 6, SEGMENT));
        assert_eq!(packets[14].2, packets[13].2 + 60_000);
    }
}
