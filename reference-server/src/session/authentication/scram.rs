//! SCRAM-SHA-256 and SCRAM-SHA-256-PLUS: RFC 5802, RFC 7677, and for the channel RFC 5929. What is wrong with a message is
//! told in PostgreSQL's words.

use super::super::Session;
use super::super::startup::Request;
use super::{Authenticating, Method, State, wrong_password};
use crate::access::{ScramSecret, Secret, equal, hmac_sha256, sha256};
use crate::engine::SqlError;
use crate::environment::Random;
use crate::fault::Fault;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pgconform_wire::Text;
use pgconform_wire::message::{AuthenticationSASL, AuthenticationSASLContinue, AuthenticationSASLFinal};
use ring::error::Unspecified;

const SCRAM: &str = "SCRAM-SHA-256";
const SCRAM_PLUS: &str = "SCRAM-SHA-256-PLUS";

/// The one type of channel binding.
const CHANNEL_TYPE: &[u8] = b"tls-server-end-point";

/// How many random bytes the server adds to the nonce.
const NONCE_LENGTH: usize = 18;

/// The server's side of an exchange.
pub(super) struct Exchange {
    secret: ScramSecret,
    /// The user has no secret: the exchange goes on as with another one, and fails at its end.
    doomed: bool,
    /// What the server adds to the nonce.
    nonce: String,
    /// Whether the connection runs in TLS, so that there is a channel to bind to.
    in_tls: bool,
    /// What the channel is known by; none where the certificate does not say how to tell.
    end_point: Option<Vec<u8>>,
    /// Faults: a nonce that does not continue the frontend's, a channel that is not looked at.
    own_nonce: bool,
    any_channel: bool,
    progress: Progress,
}

enum Progress {
    /// The frontend has not chosen a mechanism.
    Offered,
    /// It has, and not begun.
    Chosen { plus: bool },
    /// It was challenged.
    Challenged(Challenge),
}

struct Challenge {
    plus: bool,
    /// What the frontend said of channel binding: `n`, `y` or `p`.
    flag: u8,
    first_bare: Vec<u8>,
    server_first: String,
    nonce: Vec<u8>,
}

/// What to answer.
enum Step {
    /// A challenge.
    Challenge(Vec<u8>),
    /// The frontend has proved who it is; the server proves that it knows the secret.
    Proved(Vec<u8>),
    /// It has not.
    Failed,
}

impl Session {
    pub(super) fn ask_for_scram(&mut self, user: &str) -> Result<Method, Unspecified> {
        let end_point = self.tls.as_ref().map(|tls| tls.end_point.clone());
        let access = &self.server.access;
        let random = self.environment.random;
        let (secret, doomed) = match access.secret(user, random)? {
            Some(Secret::Scram(secret)) => (secret.clone(), false),
            Some(Secret::Md5(_)) | None => (access.mock_secret(user, random)?, true),
        };
        let mut exchange = Exchange::new(secret, doomed, random, end_point)?;
        exchange.own_nonce = self.server.faults.has(Fault::ScramNonceOfItsOwn);
        exchange.any_channel = self.server.faults.has(Fault::ScramChannelUnchecked);
        let mechanisms =
            if exchange.in_tls { vec![SCRAM_PLUS.into(), SCRAM.into()] } else { vec![SCRAM.into()] };
        self.out.send(AuthenticationSASL { mechanisms });
        Ok(Method::Scram(Box::new(exchange)))
    }

    pub(super) fn scram(&mut self, request: Request, mut exchange: Box<Exchange>, body: &[u8]) {
        let step = exchange.receive(body);
        let forgiving = self.server.faults.has(Fault::AnyPasswordAccepted);
        match step {
            Err(error) => self.fail(error),
            Ok(Step::Challenge(data)) => {
                self.out.send(AuthenticationSASLContinue { data: Text(&data) });
                let method = Method::Scram(exchange);
                self.state = State::Authenticating(Authenticating { request, method });
            }
            Ok(Step::Proved(data)) => {
                self.out.send(AuthenticationSASLFinal { data: Text(&data) });
                self.authenticated(request);
            }
            Ok(Step::Failed) if forgiving => self.authenticated(request),
            Ok(Step::Failed) => self.fail(wrong_password(request.user())),
        }
    }
}

impl Exchange {
    /// An exchange over this secret. `end_point` is what the channel is known by, where there is a channel.
    fn new(
        secret: ScramSecret,
        doomed: bool,
        random: Random,
        end_point: Option<Option<Vec<u8>>>,
    ) -> Result<Self, Unspecified> {
        let nonce = BASE64.encode(random.bytes::<NONCE_LENGTH>("SCRAM nonce")?);
        let in_tls = end_point.is_some();
        Ok(Self {
            secret,
            doomed,
            nonce,
            in_tls,
            end_point: end_point.flatten(),
            own_nonce: false,
            any_channel: false,
            progress: Progress::Offered,
        })
    }

    /// Whether the frontend has chosen a mechanism.
    pub(super) fn has_begun(&self) -> bool {
        !matches!(self.progress, Progress::Offered)
    }

    /// Takes the body of a SASLInitialResponse, and after it those of SASLResponses.
    fn receive(&mut self, body: &[u8]) -> Result<Step, SqlError> {
        let data = if self.has_begun() { Some(body) } else { self.initial(body)? };
        // A mechanism may be chosen without beginning; then the server's first challenge is empty.
        let Some(data) = data else { return Ok(Step::Challenge(Vec::new())) };
        if data.is_empty() {
            return Err(malformed("The message is empty."));
        }
        if data.contains(&0) {
            return Err(malformed("Message length does not match input length."));
        }
        match &self.progress {
            Progress::Offered => Ok(Step::Failed),
            Progress::Chosen { plus } => {
                let challenge = self.first(*plus, data)?;
                let told = challenge.server_first.clone().into_bytes();
                self.progress = Progress::Challenged(challenge);
                Ok(Step::Challenge(told))
            }
            Progress::Challenged(challenge) => self.last(challenge, data),
        }
    }

    /// Takes the frontend's choice of a mechanism; returns the data with it.
    fn initial<'b>(&mut self, body: &'b [u8]) -> Result<Option<&'b [u8]>, SqlError> {
        let violation = |message: &'static str| SqlError::fatal("08P01", message);
        let end =
            body.iter().position(|&byte| byte == 0).ok_or_else(|| violation("invalid string in message"))?;
        let plus = match &body[..end] {
            mechanism if mechanism == SCRAM_PLUS.as_bytes() && self.in_tls => true,
            mechanism if mechanism == SCRAM.as_bytes() => false,
            _ => return Err(violation("client selected an invalid SASL authentication mechanism")),
        };
        self.progress = Progress::Chosen { plus };
        let insufficient = || violation("insufficient data left in message");
        let (length, data) = body[end + 1..].split_first_chunk().ok_or_else(insufficient)?;
        let (data, behind) = match i32::from_be_bytes(*length) {
            -1 => (None, data),
            length => {
                let length = usize::try_from(length).map_err(|_| insufficient())?;
                let (data, behind) = data.split_at_checked(length).ok_or_else(insufficient)?;
                (Some(data), behind)
            }
        };
        if behind.is_empty() { Ok(data) } else { Err(violation("invalid message format")) }
    }

    /// Takes the client-first-message.
    fn first(&self, plus: bool, data: &[u8]) -> Result<Challenge, SqlError> {
        const NOT_BOUND: &str = "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel \
                                 binding data.";
        let mut text = Attributes(data);
        let flag = text.peek();
        match flag {
            b'n' | b'y' => {
                if plus {
                    return Err(malformed(NOT_BOUND));
                }
                if flag == b'y' && self.in_tls {
                    return Err(SqlError::fatal("28000", "SCRAM channel binding negotiation error").detail(
                        "The client supports SCRAM channel binding but thinks the server does not.  However, this \
                         server does support channel binding.",
                    ));
                }
                text.skip();
                if text.peek() != b',' {
                    let found = character(text.peek());
                    return Err(malformed(format!("Comma expected, but found character \"{found}\".")));
                }
                text.skip();
            }
            b'p' => {
                if !plus {
                    return Err(malformed(
                        "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes \
                         channel binding data.",
                    ));
                }
                let channel = text.value(b'p')?;
                if channel != CHANNEL_TYPE {
                    let channel = printable(channel);
                    let message = format!("unsupported SCRAM channel-binding type \"{channel}\"");
                    return Err(SqlError::fatal("08P01", message));
                }
            }
            other => {
                let flag = character(other);
                return Err(malformed(format!("Unexpected channel-binding flag \"{flag}\".")));
            }
        }
        match text.peek() {
            b',' => text.skip(),
            b'a' => {
                let message = "client uses authorization identity, but it is not supported";
                return Err(SqlError::fatal("0A000", message));
            }
            other => {
                let found = character(other);
                let detail = format!("Unexpected attribute \"{found}\" in client-first-message.");
                return Err(malformed(detail));
            }
        }
        let first_bare = text.0.to_vec();
        if text.peek() == b'm' {
            return Err(SqlError::fatal("0A000", "client requires an unsupported SCRAM extension"));
        }
        // The user is the startup message's, whatever stands here.
        text.value(b'n')?;
        let nonce = text.value(b'r')?;
        if !nonce.iter().all(u8::is_ascii_graphic) {
            return Err(SqlError::fatal("08P01", "non-printable characters in SCRAM nonce"));
        }
        while text.peek() != 0 {
            text.any()?;
        }
        let nonce = if self.own_nonce { &[] } else { nonce };
        let nonce = [nonce, self.nonce.as_bytes()].concat();
        let (salt, iterations) = (self.secret.salt(), self.secret.iterations);
        let server_first = format!("r={},s={salt},i={iterations}", String::from_utf8_lossy(&nonce));
        Ok(Challenge { plus, flag, first_bare, server_first, nonce })
    }

    /// Takes the client-final-message.
    fn last(&self, challenge: &Challenge, data: &[u8]) -> Result<Step, SqlError> {
        let mut text = Attributes(data);
        let channel = text.value(b'c')?;
        if challenge.plus {
            let end_point = self.end_point.as_deref().ok_or_else(no_end_point)?;
            let bound = [b"p=", CHANNEL_TYPE, b",,", end_point].concat();
            if !equal(channel, BASE64.encode(bound).as_bytes()) && !self.any_channel {
                return Err(SqlError::fatal("28000", "SCRAM channel binding check failed"));
            }
        } else if channel != BASE64.encode([challenge.flag, b',', b',']).as_bytes() {
            let message = "unexpected SCRAM channel-binding attribute in client-final-message";
            return Err(SqlError::fatal("08P01", message));
        }
        let nonce = text.value(b'r')?;
        let (without_proof, proof) = loop {
            let before = data.len() - text.0.len();
            if let (b'p', value) = text.any()? {
                // Without the comma before it.
                break (&data[..before.saturating_sub(1)], value);
            }
        };
        let proof: Option<[u8; 32]> = BASE64.decode(proof).ok().and_then(|proof| proof.try_into().ok());
        let proof = proof.ok_or_else(|| malformed("Malformed proof in client-final-message."))?;
        if text.peek() != 0 {
            return Err(malformed("Garbage found at the end of client-final-message."));
        }
        if nonce != challenge.nonce {
            return Err(SqlError::fatal("08P01", "invalid SCRAM response").detail("Nonce does not match."));
        }
        let parts = [&challenge.first_bare, challenge.server_first.as_bytes(), without_proof];
        let exchanged = parts.join(&b","[..]);
        let signature = hmac_sha256(&self.secret.stored_key, &exchanged);
        let mut client_key = proof;
        client_key.iter_mut().zip(signature).for_each(|(byte, mask)| *byte ^= mask);
        let proved = equal(&sha256(&client_key), &self.secret.stored_key);
        if !proved || self.doomed {
            return Ok(Step::Failed);
        }
        let server = BASE64.encode(hmac_sha256(&self.secret.server_key, &exchanged));
        Ok(Step::Proved(format!("v={server}").into_bytes()))
    }
}

/// The attributes of a SCRAM message that are not read yet.
struct Attributes<'b>(&'b [u8]);

impl<'b> Attributes<'b> {
    /// The next byte; 0 at the end.
    fn peek(&self) -> u8 {
        self.0.first().copied().unwrap_or_default()
    }

    fn skip(&mut self) {
        self.0 = self.0.get(1..).unwrap_or_default();
    }

    /// The value of the next attribute, which must be this one.
    fn value(&mut self, attribute: u8) -> Result<&'b [u8], SqlError> {
        if self.peek() != attribute {
            let (expected, found) = (char::from(attribute), character(self.peek()));
            return Err(malformed(format!("Expected attribute \"{expected}\" but found \"{found}\".")));
        }
        self.rest_of(attribute)
    }

    /// The next attribute, whichever it is.
    fn any(&mut self) -> Result<(u8, &'b [u8]), SqlError> {
        let attribute = self.peek();
        if attribute == 0 {
            return Err(malformed("Attribute expected, but found end of string."));
        }
        if !attribute.is_ascii_alphabetic() {
            let found = character(attribute);
            return Err(malformed(format!("Attribute expected, but found invalid character \"{found}\".")));
        }
        Ok((attribute, self.rest_of(attribute)?))
    }

    fn rest_of(&mut self, attribute: u8) -> Result<&'b [u8], SqlError> {
        self.skip();
        if self.peek() != b'=' {
            let attribute = char::from(attribute);
            return Err(malformed(format!("Expected character \"=\" for attribute \"{attribute}\".")));
        }
        self.skip();
        let end = self.0.iter().position(|&byte| byte == b',').unwrap_or(self.0.len());
        let value = &self.0[..end];
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        Ok(value)
    }
}

fn malformed(detail: impl Into<String>) -> SqlError {
    SqlError::fatal("08P01", "malformed SCRAM message").detail(detail)
}

/// No hash belongs to the algorithm that signed the certificate, as with Ed25519.
fn no_end_point() -> SqlError {
    SqlError::fatal("XX000", "could not find digest for NID UNDEF")
}

/// A byte as PostgreSQL shows it.
fn character(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("'{}'", char::from(byte)) } else { format!("0x{byte:02x}") }
}

/// Bytes as PostgreSQL shows them: the first 30, and nothing that a terminal could take amiss.
fn printable(bytes: &[u8]) -> String {
    let shown = |&byte: &u8| if byte.is_ascii_graphic() { char::from(byte) } else { '?' };
    bytes.iter().take(30).map(shown).collect()
}

#[cfg(test)]
mod test {
    use super::*;
    use pgconform_wire::Frontend;
    use pgconform_wire::message::{SASLInitialResponse, SASLResponse};
    use postgres_protocol::authentication::sasl::{ChannelBinding, ScramSha256};

    const RANDOM: Random = Random::Seeded { seed: 1, connection: 1 };
    const PASSWORD: &[u8] = "p\u{e4}ss\u{ad}word".as_bytes();

    fn exchange(doomed: bool, end_point: Option<Option<Vec<u8>>>) -> Exchange {
        let secret = ScramSecret::new(PASSWORD, [7; 16], crate::access::ITERATIONS);
        Exchange::new(secret, doomed, RANDOM, end_point).unwrap()
    }

    fn body(message: Frontend<'_>) -> Vec<u8> {
        let mut frame = Vec::new();
        message.encode(&mut frame).unwrap();
        frame.split_off(5)
    }

    /// Plays the exchange with another's client; what came of it, and whether that client trusts the server.
    fn play(
        mut server: Exchange,
        mechanism: &str,
        password: &[u8],
        binding: ChannelBinding,
    ) -> Result<bool, SqlError> {
        let mut client = ScramSha256::new(password, binding);
        let data = Some(Text(client.message()));
        let first = body(SASLInitialResponse { mechanism: mechanism.into(), data }.into());
        let Step::Challenge(challenge) = server.receive(&first)? else { panic!("no challenge") };
        client.update(&challenge).unwrap();
        let last = body(SASLResponse { data: Text(client.message()) }.into());
        match server.receive(&last)? {
            Step::Proved(proof) => {
                client.finish(&proof).unwrap();
                Ok(true)
            }
            Step::Failed => Ok(false),
            Step::Challenge(_) => panic!("a second challenge"),
        }
    }

    #[test]
    fn the_right_password_and_no_other() {
        let unsupported = ChannelBinding::unsupported;
        assert_eq!(play(exchange(false, None), SCRAM, PASSWORD, unsupported()), Ok(true));
        assert_eq!(play(exchange(false, None), SCRAM, b"password", unsupported()), Ok(false));
        assert_eq!(play(exchange(true, None), SCRAM, PASSWORD, unsupported()), Ok(false));
    }

    #[test]
    fn the_right_channel_and_no_other() {
        let bound = |to: &[u8]| ChannelBinding::tls_server_end_point(to.to_vec());
        let server = || exchange(false, Some(Some(b"certificate".to_vec())));
        assert_eq!(play(server(), SCRAM_PLUS, PASSWORD, bound(b"certificate")), Ok(true));
        assert_eq!(play(server(), SCRAM, PASSWORD, ChannelBinding::unsupported()), Ok(true));
        let error = play(server(), SCRAM_PLUS, PASSWORD, bound(b"another")).unwrap_err();
        assert_eq!((&*error.code, &*error.message), ("28000", "SCRAM channel binding check failed"));
        let error = play(server(), SCRAM, PASSWORD, ChannelBinding::unrequested()).unwrap_err();
        assert_eq!((&*error.code, &*error.message), ("28000", "SCRAM channel binding negotiation error"));
        let error = play(exchange(false, None), SCRAM_PLUS, PASSWORD, bound(b"certificate")).unwrap_err();
        assert_eq!(error.code, "08P01");
    }

    #[test]
    fn a_certificate_that_nothing_can_be_bound_to() {
        let bound = ChannelBinding::tls_server_end_point(b"certificate".to_vec());
        let error = play(exchange(false, Some(None)), SCRAM_PLUS, PASSWORD, bound).unwrap_err();
        assert_eq!(error.code, "XX000");
    }

    proptest::proptest! {
        /// Whatever a frontend sends, in whatever order, it is answered or refused.
        #[test]
        fn garbage(bodies in proptest::collection::vec(proptest::collection::vec(0_u8..128, 0..60), 1..4)) {
            let mut server = exchange(false, None);
            for body in bodies {
                proptest::prop_assert!(!matches!(server.receive(&body), Ok(Step::Proved(_))));
            }
        }
    }
}
