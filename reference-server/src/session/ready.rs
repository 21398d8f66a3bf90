//! An authenticated session: the cycles of queries, and what may happen between them.
//!
//! A frontend message is handed to the engine; what became of it decides the [`Cycle`]: errors in extended-query
//! messages skip to Sync, a copy takes data until it ends, a statement that waits reads nothing at all.

use super::{Session, State, unexpected};
use crate::engine::{Call, Engine, Named, Severity, SqlError, Step};
use crate::fault::Fault;
use pgconform_wire::codec::Reason;
use pgconform_wire::message::{BindComplete, CloseComplete, ParseComplete, ReadyForQuery};
use pgconform_wire::profile::claims::ExtendedQuery;
use pgconform_wire::{DecodeError, Frontend, Kind};
use std::time::Duration;

/// An authenticated session.
pub(super) struct Ready {
    pub(super) engine: Box<dyn Engine>,
    pub(super) cycle: Cycle,
}

/// What the session does with the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cycle {
    /// Serves it.
    Open,
    /// Discards it, unless it is Sync: an extended-query message has failed.
    Skipping,
    /// Takes it for copy data, on behalf of a message of this kind.
    Copying(Kind),
    /// Does not read it yet: a message of this kind is being served, and waits.
    Waiting {
        /// What is being served.
        kind: Kind,
        /// How long at most.
        limit: Option<Duration>,
    },
}

impl Ready {
    pub(super) fn new(engine: Box<dyn Engine>) -> Self {
        Self { engine, cycle: Cycle::Open }
    }

    pub(super) fn timer(&self) -> Option<Duration> {
        match self.cycle {
            Cycle::Waiting { limit, .. } => limit,
            Cycle::Open => self.engine.patience(),
            Cycle::Skipping | Cycle::Copying(_) => None,
        }
    }
}

impl Session {
    /// Whether the backend copies from the frontend.
    pub(super) fn is_copying(&self) -> bool {
        matches!(&self.state, State::Ready(Ready { cycle: Cycle::Copying(_), .. }))
    }

    /// Whether a message that begins with this byte is none to be taken at all now: then it was answered.
    pub(super) fn refuses(&mut self, byte: u8) -> bool {
        let refused = self.is_copying() && !b"dcfHS".contains(&byte);
        if refused {
            let why = format!("unexpected message type 0x{byte:02X} during COPY from stdin");
            self.lost(SqlError::error("08P01", why));
        }
        refused
    }

    /// The frontend is gone, or what it sends has no end that could be found.
    pub(super) fn broken(&mut self) {
        if self.is_copying() {
            let why = "unexpected EOF on client connection with an open transaction";
            self.lost(SqlError::error("08006", why));
        } else {
            self.close();
        }
    }

    /// A copy ends with an error behind which nobody knows what comes next.
    fn lost(&mut self, error: SqlError) {
        let State::Ready(ready) = &mut self.state else { return };
        if let Err(error) = ready.engine.copy_end(Err(error), &mut self.out) {
            self.fail(error);
        }
        let why = "terminating connection because protocol synchronization was lost";
        self.fail(SqlError::fatal("08P01", why));
    }

    /// Serves a message of an authenticated frontend.
    pub(super) fn message(&mut self, kind: Kind, frame: &[u8]) {
        let State::Ready(ready) = &mut self.state else { return };
        let skips = ready.cycle == Cycle::Skipping;
        if kind == Kind::Terminate && !(skips && self.server.faults.has(Fault::TerminateSkipped)) {
            self.out.received(kind);
            if !self.server.faults.has(Fault::TerminateIgnored) {
                self.close();
            }
            return;
        }
        if skips && kind != Kind::Sync {
            return;
        }
        self.out.received(kind);
        match ready.cycle {
            Cycle::Copying(behalf) => self.copying(behalf, kind, frame),
            Cycle::Open | Cycle::Skipping | Cycle::Waiting { .. } => self.serve(kind, frame),
        }
    }

    /// The session is called: what waits goes on; if nothing does, it may have something to tell.
    pub(super) fn called(&mut self, why: Call) {
        let State::Ready(ready) = &mut self.state else { return };
        match ready.cycle {
            Cycle::Waiting { kind, .. } => {
                let step = ready.engine.resume(why, &mut self.out);
                self.after(kind, step);
            }
            Cycle::Copying(behalf) => {
                if let Err(error) = ready.engine.idle(why, &mut self.out) {
                    self.after(behalf, Err(error));
                }
            }
            Cycle::Open | Cycle::Skipping => {
                if let Err(error) = ready.engine.idle(why, &mut self.out) {
                    self.fail(error);
                }
            }
        }
    }

    /// Sends ReadyForQuery.
    pub(super) fn ready_for_query(&mut self) {
        let State::Ready(ready) = &mut self.state else { return };
        ready.cycle = Cycle::Open;
        let status = ready.engine.status(&mut self.out);
        self.out.send(ReadyForQuery { status });
    }

    fn serve(&mut self, kind: Kind, frame: &[u8]) {
        let State::Ready(ready) = &mut self.state else { return };
        let (engine, out) = (ready.engine.as_mut(), &mut self.out);
        let faults = &self.server.faults;
        if is_unsupported(kind) && faults.has(Fault::UnsupportedMessageUnready) {
            let message = format!("Unsupported messageType: {}", frame[0]);
            return self.fail(SqlError::error("0A000", message));
        }
        // Leftovers of a copy that has failed: PostgreSQL drops them without a look.
        if matches!(kind, Kind::CopyData | Kind::CopyDone | Kind::CopyFail) {
            return;
        }
        if matches!(kind, Kind::Query | Kind::FunctionCall)
            && let Err(error) = engine.settle(out)
        {
            // It is the error of an Execute: this message is skipped, with all up to Sync.
            return self.after(Kind::Execute, Err(error));
        }
        let message = match Frontend::decode(kind, frame) {
            Ok(message) => message,
            Err(error) => {
                let error = engine.malformed(&error, frame);
                return self.after(kind, Err(error));
            }
        };
        if is_extended(kind) && faults.has(Fault::ExecuteIsFatal) {
            return self.pretend(&message);
        }
        if is_extended(kind) && self.server.claims.claims(ExtendedQuery::Rejected) {
            return self.refuse_extended(&message);
        }
        let step = match &message {
            Frontend::Query(query) => engine.query(query.query.0, out),
            Frontend::FunctionCall(call) => engine.call(call, out),
            Frontend::Parse(parse) => engine.parse(parse, out).map(|()| {
                out.send(ParseComplete);
                Step::Done
            }),
            Frontend::Bind(bind) => engine.bind(bind, out).map(|()| {
                out.send(BindComplete);
                Step::Done
            }),
            Frontend::Describe(describe) => named(kind, describe.target, describe.name.0)
                .and_then(|named| engine.describe(named, out))
                .map(|()| Step::Done),
            Frontend::Execute(execute) => engine.execute(execute.portal.0, execute.max_rows, out),
            Frontend::Close(close) => {
                named(kind, close.target, close.name.0).and_then(|named| engine.close(named)).map(|()| {
                    out.send(CloseComplete);
                    Step::Done
                })
            }
            Frontend::Sync(_) => engine.sync(out),
            Frontend::Flush(_) => {
                out.flush();
                engine.flush(out)
            }
            Frontend::PasswordMessage(_) => Err(SqlError::fatal("08P01", unexpected(b'p'))),
            Frontend::CancelRequest(_)
            | Frontend::CopyData(_)
            | Frontend::CopyDone(_)
            | Frontend::CopyFail(_)
            | Frontend::GSSENCRequest(_)
            | Frontend::GSSResponse(_)
            | Frontend::SASLInitialResponse(_)
            | Frontend::SASLResponse(_)
            | Frontend::SSLRequest(_)
            | Frontend::StartupMessage(_)
            | Frontend::Terminate(_) => Ok(Step::Done),
        };
        let step = match step {
            Ok(_) if out.held() > MAX_HELD => {
                Err(SqlError::error("53200", "too many answers wait for executions before a Sync"))
            }
            step => step,
        };
        self.after(kind, step);
    }

    /// What became of a message of this kind decides how the session goes on.
    pub(super) fn after(&mut self, kind: Kind, step: Result<Step, SqlError>) {
        let State::Ready(ready) = &mut self.state else { return };
        let skips = is_extended(kind) || kind == Kind::Flush;
        match step {
            Ok(Step::Done) if skips => ready.cycle = Cycle::Open,
            Ok(Step::Done) => self.ready_for_query(),
            Ok(Step::CopyIn) => ready.cycle = Cycle::Copying(kind),
            Ok(Step::Wait(limit)) => ready.cycle = Cycle::Waiting { kind, limit },
            Err(error) => {
                let fatal = error.severity == Severity::Fatal;
                // What was to follow executions that were put off: they do not happen, and it does not either.
                self.out.take_held();
                self.fail(error);
                let State::Ready(ready) = &mut self.state else { return };
                ready.engine.failed(&mut self.out);
                if !fatal && skips && self.server.faults.has(Fault::ErrorSkipsNothing) {
                    ready.cycle = Cycle::Open;
                } else if !fatal && skips {
                    ready.cycle = Cycle::Skipping;
                } else if !fatal {
                    self.ready_for_query();
                }
            }
        }
    }

    /// A message while the backend copies from the frontend on behalf of a message of kind `behalf`.
    fn copying(&mut self, behalf: Kind, kind: Kind, frame: &[u8]) {
        let State::Ready(ready) = &mut self.state else { return };
        let (engine, out) = (ready.engine.as_mut(), &mut self.out);
        let step = match kind {
            Kind::CopyData => match engine.copy_data(&frame[HEAD..], out) {
                Ok(()) => return,
                Err(error) => Err(error),
            },
            Kind::CopyDone => engine.copy_end(Ok(()), out),
            Kind::CopyFail => match Frontend::decode(kind, frame) {
                Ok(Frontend::CopyFail(fail)) => engine.copy_end(Err(given_up(&fail.reason.lossy())), out),
                // What stands behind the reason is not looked at.
                Err(DecodeError { reason: Reason::Trailing(behind), .. }) => {
                    let reason = &frame[HEAD..frame.len() - behind - 1];
                    engine.copy_end(Err(given_up(&String::from_utf8_lossy(reason))), out)
                }
                Err(error) => {
                    let error = engine.malformed(&error, frame);
                    engine.copy_end(Err(error), out)
                }
                Ok(_) => return,
            },
            // Flush and Sync mean nothing within a copy; other messages were refused before.
            _ => return,
        };
        self.after(behalf, step);
    }
}

/// How many bytes of answers may wait for executions that are put off.
const MAX_HELD: usize = 8 << 20;

/// The type byte and the length of a message.
const HEAD: usize = 5;

fn given_up(reason: &str) -> SqlError {
    SqlError::error("57014", format!("COPY from stdin failed: {reason}"))
}

/// The messages of the extended query cycle, whose errors skip to Sync.
fn is_extended(kind: Kind) -> bool {
    matches!(kind, Kind::Parse | Kind::Bind | Kind::Describe | Kind::Execute | Kind::Close)
}

/// The messages that a server without COPY and FunctionCall has nothing to do with.
fn is_unsupported(kind: Kind) -> bool {
    matches!(kind, Kind::FunctionCall | Kind::CopyData | Kind::CopyDone | Kind::CopyFail)
}

fn named(kind: Kind, target: u8, name: &[u8]) -> Result<Named<'_>, SqlError> {
    match target {
        b'S' => Ok(Named::Statement(name)),
        b'P' => Ok(Named::Portal(name)),
        _ => {
            let what = kind.name().to_uppercase();
            Err(SqlError::error("08P01", format!("invalid {what} message subtype {target}")))
        }
    }
}
