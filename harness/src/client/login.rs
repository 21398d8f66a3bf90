//! The `login` step: TLS where the profile requires it, the startup packet, whatever authentication the server asks for,
//! and on to ReadyForQuery. SASL and MD5 are computed by `postgres-protocol`, so that our server's answers are judged by
//! another's arithmetic.

use super::line::{Line, actual, missing, parameters};
use super::wire::Stop;
use crate::case::{Arg, Inputs, Missing, Tls};
use crate::target::Place;
use crate::transcript::Kept;
use pgconform_wire::message::{
    PasswordMessage, SASLInitialResponse, SASLResponse, SSLRequest, StartupMessage,
};
use pgconform_wire::profile::Profile;
use pgconform_wire::profile::claims;
use pgconform_wire::version::{self, V3_0};
use pgconform_wire::{Backend, Frontend, Message, Text};
use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{
    ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256,
};

/// What stands where in a startup packet, and what replaces it.
struct Startup {
    version: u32,
    parameters: Vec<(String, Vec<u8>)>,
    /// None: the target has none, which matters only if the server asks.
    password: Option<Vec<u8>>,
}

/// Opens the connection, in TLS if the profile requires it.
pub(super) async fn open(line: &mut Line, profile: &Profile, place: &Place) -> Result<(), Stop> {
    if line.is_connected() {
        return Ok(());
    }
    line.connect(place).await?;
    if profile.claims.claims(claims::Tls::Required) {
        send(line, SSLRequest.into()).await?;
        let kept = expect(line, "SSLResponse S").await?;
        if !matches!(kept.message(), Some(Ok(Message::Backend(Backend::SSLResponse(r)))) if r.answer == b'S')
        {
            return Err(line.unmet("SSLResponse S", actual(&kept, "")));
        }
        line.tls(&Tls::default(), place).await?;
    }
    Ok(())
}

/// Opens the connection if it is not, and logs in.
pub(super) async fn login(
    line: &mut Line,
    profile: &Profile,
    place: &Place,
    args: &[Arg],
) -> Result<(), Stop> {
    let startup = startup(place, args)?;
    open(line, profile, place).await?;
    let parameters = startup.parameters.iter();
    let parameters = parameters.map(|(name, value)| (Text(name.as_bytes()), Text(value))).collect();
    send(line, StartupMessage { version: startup.version, parameters }.into()).await?;
    authenticate(line, &startup).await
}

/// The profile's user and database, with what the step says instead or besides.
fn startup(place: &Place, args: &[Arg]) -> Result<Startup, Stop> {
    let mut startup = Startup { version: V3_0, parameters: Vec::new(), password: None };
    for name in ["user", "database"] {
        startup.parameters.push((name.to_owned(), place.credentials.text(name).into_bytes()));
    }
    for (name, value) in parameters(args, &place.credentials)? {
        if name == "version" {
            let text = String::from_utf8_lossy(&value).into_owned();
            startup.version =
                version::parse(&text).ok_or_else(|| Stop::Broken(format!("`{text}` is no version")))?;
        } else if name == "password" {
            startup.password = Some(value);
        } else {
            match startup.parameters.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = value,
                None => startup.parameters.push((name, value)),
            }
        }
    }
    if startup.password.is_none() {
        let user = startup.parameters.iter().find(|(name, _)| name == "user");
        let user = user.map(|(_, user)| String::from_utf8_lossy(user)).unwrap_or_default();
        let own = place.credentials.get(&format!("password.{user}"));
        startup.password = own.or_else(|| place.credentials.get("password"));
    }
    Ok(startup)
}

async fn authenticate(line: &mut Line, startup: &Startup) -> Result<(), Stop> {
    let password = || startup.password.clone().ok_or_else(|| missing(Missing("password".to_owned())));
    let mut scram: Option<ScramSha256> = None;
    loop {
        let kept = expect(line, "ReadyForQuery").await?;
        let broken = |error: std::io::Error| Stop::Broken(format!("SCRAM: {error}"));
        let message = match kept.message() {
            Some(Ok(Message::Backend(message))) => message,
            Some(Ok(Message::Frontend(_))) | None => {
                return Err(line.unmet("ReadyForQuery", actual(&kept, "")));
            }
            Some(Err(error)) => return Err(line.unmet("ReadyForQuery", error.to_string())),
        };
        match message {
            Backend::ReadyForQuery(_) => return Ok(()),
            Backend::AuthenticationCleartextPassword(_) => {
                let password = password()?;
                send(line, PasswordMessage { password: Text(&password) }.into()).await?;
            }
            Backend::AuthenticationMD5Password(request) => {
                let user = startup.parameters.iter().find(|(name, _)| name == "user");
                let user = user.map(|(_, value)| value.as_slice()).unwrap_or_default();
                let hash = md5_hash(user, &password()?, request.salt);
                send(line, PasswordMessage { password: Text(hash.as_bytes()) }.into()).await?;
            }
            Backend::AuthenticationSASL(request) => {
                let offers = |known: &str| request.mechanisms.iter().any(|mechanism| *mechanism == known);
                let (mechanism, binding) = match line.end_point() {
                    Some(end_point) if offers(SCRAM_SHA_256_PLUS) => {
                        (SCRAM_SHA_256_PLUS, ChannelBinding::tls_server_end_point(end_point.to_vec()))
                    }
                    _ if !offers(SCRAM_SHA_256) => {
                        return Err(line.unmet("a SASL mechanism that is known", actual(&kept, "")));
                    }
                    Some(_) => (SCRAM_SHA_256, ChannelBinding::unrequested()),
                    None => (SCRAM_SHA_256, ChannelBinding::unsupported()),
                };
                let exchange = ScramSha256::new(&password()?, binding);
                let first =
                    SASLInitialResponse { mechanism: mechanism.into(), data: Some(Text(exchange.message())) };
                let first = encode(first.into())?;
                line.send_now(&first).await?;
                scram = Some(exchange);
            }
            Backend::AuthenticationSASLContinue(challenge) => {
                let Some(exchange) = &mut scram else {
                    return Err(line.unmet("ReadyForQuery", actual(&kept, "no SASL exchange is under way")));
                };
                exchange.update(challenge.data.0).map_err(broken)?;
                let response = encode(SASLResponse { data: Text(exchange.message()) }.into())?;
                line.send_now(&response).await?;
            }
            Backend::AuthenticationSASLFinal(outcome) => {
                let Some(exchange) = &mut scram else {
                    return Err(line.unmet("ReadyForQuery", actual(&kept, "no SASL exchange is under way")));
                };
                if let Err(error) = exchange.finish(outcome.data.0) {
                    return Err(line.unmet("a server that knows the password", error.to_string()));
                }
            }
            Backend::AuthenticationOk(_)
            | Backend::BackendKeyData(_)
            | Backend::NegotiateProtocolVersion(_)
            | Backend::NoticeResponse(_)
            | Backend::ParameterStatus(_) => {}
            _ => return Err(line.unmet("ReadyForQuery", actual(&kept, ""))),
        }
    }
}

async fn expect(line: &mut Line, what: &str) -> Result<Kept, Stop> {
    match line.next().await? {
        Ok(kept) => Ok(kept),
        Err(nothing) => Err(line.unmet(what, nothing)),
    }
}

async fn send(line: &mut Line, message: Frontend<'_>) -> Result<(), Stop> {
    let bytes = encode(message)?;
    line.send_now(&bytes).await
}

fn encode(message: Frontend<'_>) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    message.encode(&mut bytes).map_err(|error| Stop::Broken(error.to_string()))?;
    Ok(bytes)
}
