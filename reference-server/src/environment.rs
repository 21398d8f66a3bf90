//! What a session takes from the world: the time, how long a statement took, and random bytes. All of it is handed in,
//! so that a run with the same environment gives the same bytes.

use ring::digest;
use ring::error::Unspecified;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The world as a session sees it.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The clock.
    pub clock: Clock,
    /// The process id that this session tells.
    pub process: i32,
    /// The secret key that this session tells for its cancellation: as much of it as its version of the protocol allows.
    pub key: Vec<u8>,
    /// Where its salts and nonces come from.
    pub random: Random,
    /// The frontend's address.
    pub peer: IpAddr,
    /// How others wake this session.
    pub bell: Bell,
    /// Whether somebody wants its statement cancelled.
    pub cancel: CancelFlag,
}

impl Environment {
    /// The world of a session on this machine, where nothing happens by chance.
    pub fn fixed(clock: Clock, process: i32, key: Vec<u8>) -> Self {
        let random = Random::Seeded { seed: 0, connection: process.cast_unsigned() };
        Self {
            clock,
            process,
            key,
            random,
            peer: Ipv4Addr::LOCALHOST.into(),
            bell: Bell::default(),
            cancel: CancelFlag::default(),
        }
    }
}

/// Raised by a CancelRequest with the right key; the bell rings behind it.
#[derive(Clone, Debug, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// Raises it.
    pub fn raise(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether it was raised since it was last taken; takes it down.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::AcqRel)
    }
}

/// Where random bytes come from.
#[derive(Clone, Copy, Debug)]
pub enum Random {
    /// A seed: for runs that must repeat.
    Seeded {
        /// The run's.
        seed: u64,
        /// The connection's number in it.
        connection: u32,
    },
    /// The machine's.
    System,
}

impl Random {
    /// Bytes for a purpose. A seed gives the same ones each time, and others for each purpose.
    pub fn bytes<const N: usize>(self, purpose: &str) -> Result<[u8; N], Unspecified> {
        let mut bytes = [0; N];
        match self {
            Self::Seeded { seed, connection } => {
                for (block, chunk) in (0_u32..).zip(bytes.chunks_mut(digest::SHA256_OUTPUT_LEN)) {
                    let input = [&seed.to_be_bytes()[..], &connection.to_be_bytes(), purpose.as_bytes()];
                    let input = [&input.concat()[..], &block.to_be_bytes()].concat();
                    chunk.copy_from_slice(&digest::digest(&digest::SHA256, &input).as_ref()[..chunk.len()]);
                }
            }
            Self::System => SystemRandom::new().fill(&mut bytes)?,
        }
        Ok(bytes)
    }
}

/// Wakes a session: whoever rings it, in whatever thread, has it [called](crate::session::Session::call) soon.
#[derive(Clone, Default)]
pub struct Bell(Option<Arc<dyn Fn() + Send + Sync>>);

impl Bell {
    /// A bell that does this when it rings.
    pub fn new(ring: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(ring)))
    }

    /// Rings it.
    pub fn ring(&self) {
        if let Some(ring) = &self.0 {
            ring();
        }
    }
}

impl fmt::Debug for Bell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bell")
    }
}

/// Where the time comes from.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    /// It stands still: for runs that must repeat.
    Fixed {
        /// Seconds since the Unix epoch.
        now: u64,
        /// How long every statement took.
        statement: Duration,
    },
    /// The machine's.
    System,
}

impl Clock {
    /// Seconds since the Unix epoch.
    pub fn now(self) -> u64 {
        match self {
            Self::Fixed { now, .. } => now,
            Self::System => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        }
    }

    /// Microseconds since 2000-01-01 00:00:00 UTC, as PostgreSQL counts time.
    pub fn postgres_micros(self) -> i64 {
        const EPOCH: u64 = 946_684_800;
        match self {
            Self::Fixed { now, .. } => {
                i64::try_from(now).unwrap_or(i64::MAX / 2_000_000).saturating_sub(EPOCH.cast_signed())
                    * 1_000_000
            }
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH + Duration::from_secs(EPOCH));
                since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
            }
        }
    }

    /// Begins to time a statement.
    pub fn start(self) -> Stopwatch {
        match self {
            Self::Fixed { statement, .. } => Stopwatch::Fixed(statement),
            Self::System => Stopwatch::Running(Instant::now()),
        }
    }
}

/// Times a statement.
#[derive(Clone, Copy, Debug)]
pub enum Stopwatch {
    /// What it will say is known already.
    Fixed(Duration),
    /// Started at this instant.
    Running(Instant),
}

impl Stopwatch {
    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        match self {
            Self::Fixed(duration) => duration,
            Self::Running(start) => start.elapsed(),
        }
    }
}
