//! `inet` and `cidr`: the address of a host or a network, of IPv4 or IPv6.

use std::cmp::Ordering;

use super::inet_text;
use super::{Form, Invalid, Reader, Style};

/// The address of a host, and of the network it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inet(Address);

/// The address of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cidr(Address);

impl Inet {
    /// The order of PostgreSQL's `<`.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.compare(&other.0)
    }
}

impl Cidr {
    /// The order of PostgreSQL's `<`.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.compare(&other.0)
    }
}

impl From<Cidr> for Inet {
    fn from(network: Cidr) -> Self {
        Self(network.0)
    }
}

impl From<Inet> for Cidr {
    /// The network that the host is in.
    fn from(host: Inet) -> Self {
        let bits = usize::from(host.0.bits);
        let octets = host.0.octets.iter().enumerate().map(|(at, octet)| match bits.saturating_sub(at * 8) {
            left @ 0..8 => octet & !(0xff >> left),
            _ => *octet,
        });
        Self(Address { octets: octets.collect(), bits: host.0.bits })
    }
}

impl Form for Inet {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        inet_text::host(text).map(Self).ok_or_else(|| Invalid::syntax("inet", text))
    }

    fn output(&self, _: &Style<'_>) -> String {
        let address = inet_text::octets(&self.0);
        if self.0.bits == self.0.most_bits() { address } else { format!("{address}/{}", self.0.bits) }
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        Address::receive(bytes, "inet").map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        self.0.send(false, out);
    }
}

impl Form for Cidr {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let address = inet_text::network(text).ok_or_else(|| Invalid::syntax("cidr", text))?;
        address
            .whole_network()
            .map(Self)
            .ok_or_else(|| Invalid::new("22P02", format!("invalid cidr value: \"{text}\"")).detail(HOST_BITS))
    }

    fn output(&self, _: &Style<'_>) -> String {
        format!("{}/{}", inet_text::octets(&self.0), self.0.bits)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let address = Address::receive(bytes, "cidr")?;
        address
            .whole_network()
            .map(Self)
            .ok_or_else(|| Invalid::new("22P03", "invalid external \"cidr\" value").detail(HOST_BITS))
    }

    fn send(&self, out: &mut Vec<u8>) {
        self.0.send(true, out);
    }
}

const HOST_BITS: &str = "Value has bits set to right of mask.";

/// An address, and how many of its bits tell the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Four octets, or sixteen.
    pub(crate) octets: Vec<u8>,
    /// How many bits tell the network.
    pub(crate) bits: u8,
}

impl Address {
    /// How many bits the address has.
    pub(crate) fn most_bits(&self) -> u8 {
        if self.octets.len() == 4 { 32 } else { 128 }
    }

    fn bit(&self, at: usize) -> bool {
        self.octets[at / 8] & (0x80 >> (at % 8)) != 0
    }

    /// The address, if no bit of it tells a host.
    fn whole_network(self) -> Option<Self> {
        let hosts = usize::from(self.bits)..usize::from(self.most_bits());
        (!hosts.into_iter().any(|at| self.bit(at))).then_some(self)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let first_bits = |address: &Self, count: u8| -> Vec<bool> {
            (0..usize::from(count)).map(|at| address.bit(at)).collect()
        };
        let common = self.bits.min(other.bits);
        self.most_bits()
            .cmp(&other.most_bits())
            .then_with(|| first_bits(self, common).cmp(&first_bits(other, common)))
            .then(self.bits.cmp(&other.bits))
            .then_with(|| self.octets.cmp(&other.octets))
    }

    fn receive(bytes: &mut Reader<'_>, type_name: &str) -> Result<Self, Invalid> {
        let invalid =
            |what: &str| Invalid::new("22P03", format!("invalid {what} in external \"{type_name}\" value"));
        let family = bytes.byte()?;
        let (count, most) = match family {
            IPV4 => (4, 32),
            IPV6 => (16, 128),
            _ => return Err(invalid("address family")),
        };
        let bits = bytes.byte()?;
        if bits > most {
            return Err(invalid("bits"));
        }
        // Whether it is a cidr: the type says so already.
        bytes.byte()?;
        let length = bytes.byte()?;
        if usize::from(length) != count {
            return Err(invalid("length"));
        }
        let octets = (0..count).map(|_| bytes.byte()).collect::<Result<_, _>>()?;
        Ok(Self { octets, bits })
    }

    fn send(&self, is_cidr: bool, out: &mut Vec<u8>) {
        let (family, length) = if self.octets.len() == 4 { (IPV4, 4) } else { (IPV6, 16) };
        out.extend([family, self.bits, u8::from(is_cidr), length]);
        out.extend(&self.octets);
    }
}

const IPV4: u8 = 2;
const IPV6: u8 = 3;
