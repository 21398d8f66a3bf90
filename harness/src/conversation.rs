//! One connection of a transcript, understood: which backend message answers which frontend message.
//!
//! The order between the directions is only trusted as far as causality goes: what the backend sent before a request was
//! sent is no answer to it. Where a frontend sends what is no message, or one that has no place, the rest is left
//! [unpaired](Conversation::murky): what a server does then is for cases to say, and not for rules.

use crate::transcript::{Connection, Event, Kept};
use pgconform_wire::{Backend, Content, DecodeError, Frontend, Kind, Message, Side};
use std::collections::VecDeque;

/// One connection of a transcript.
#[derive(Debug)]
pub struct Conversation<'t> {
    /// What happened on it.
    pub connection: &'t Connection,
    /// Every frame, in order.
    pub frames: Vec<Item<'t>>,
    /// The backend's messages up to and with the first ReadyForQuery, asynchronous ones included.
    pub startup: Vec<Item<'t>>,
    /// Whether there was a first ReadyForQuery.
    pub ready: bool,
    /// Requests of the session and what answered them, in order.
    pub exchanges: Vec<Exchange<'t>>,
    /// Messages of the session that answer no request, and may not come at any time either.
    pub strays: Vec<Item<'t>>,
    /// ReadyForQuery that ended a series of extended-query messages although no Sync had been sent.
    pub early_ready: Vec<Item<'t>>,
    /// Messages that came after Terminate and answer no request before it.
    pub after_terminate: Vec<Item<'t>>,
    /// Whether the frontend sent what rules say nothing about; requests from there on are not paired.
    pub murky: bool,
}

/// A frame and its place.
#[derive(Clone, Copy, Debug)]
pub struct Item<'t> {
    /// The index of its event on the connection.
    pub event: usize,
    /// The frame.
    pub kept: &'t Kept,
}

/// A request and what answered it.
#[derive(Debug)]
pub struct Exchange<'t> {
    /// The request: Query, FunctionCall, Sync, or one of the extended query's messages.
    pub request: Item<'t>,
    /// The answers, in order; for Query, FunctionCall and Sync with the ReadyForQuery that ends them.
    pub answers: Vec<Item<'t>>,
    /// How it ended.
    pub end: End,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Not within the transcript.
    Open,
    /// With the message that ends it.
    Complete,
    /// It was discarded, as an error before it demands.
    Skipped,
    /// ReadyForQuery came for the Sync behind it, and it had no answer.
    PassedOver,
}

impl<'t> Item<'t> {
    /// The kind of its message, if it is one.
    pub fn kind(&self) -> Option<Kind> {
        match self.kept.content {
            Content::Message(kind) => Some(kind),
            Content::UnknownType(_) | Content::UnknownAuthentication(_) | Content::Unframed(_) => None,
        }
    }

    /// Whether it is a message of this kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.kind() == Some(kind)
    }

    /// Its message, if it is one of the backend and decodes.
    pub fn backend(&self) -> Option<Backend<'t>> {
        match self.kept.message() {
            Some(Ok(Message::Backend(message))) => Some(message),
            _ => None,
        }
    }

    /// Its message, if it is one of the frontend and decodes.
    pub fn frontend(&self) -> Option<Frontend<'t>> {
        match self.kept.message() {
            Some(Ok(Message::Frontend(message))) => Some(message),
            _ => None,
        }
    }

    /// Why it does not decode, if it does not.
    pub fn error(&self) -> Option<DecodeError> {
        self.kept.message().and_then(Result::err)
    }

    /// Whether it may come at any time.
    pub fn is_asynchronous(&self) -> bool {
        matches!(self.kind(), Some(Kind::NoticeResponse | Kind::NotificationResponse | Kind::ParameterStatus))
    }

    /// The line that a transcript shows for it, without its direction and length.
    pub fn show(&self) -> String {
        let line = pgconform_wire::trace::line(self.kept.frame(), pgconform_wire::trace::Secrets::Mask);
        line.splitn(3, ' ').nth(2).unwrap_or(&line).to_owned()
    }

    /// The value of a field of an ErrorResponse, and none for anything else.
    pub fn report_field(&self, code: u8) -> Option<String> {
        match self.backend()? {
            Backend::ErrorResponse(error) => {
                pgconform_wire::report::find(&error.fields, code).map(|value| value.lossy().into_owned())
            }
            _ => None,
        }
    }

    /// Whether it is an error that ends the session.
    pub fn is_fatal(&self) -> bool {
        let severity = self.report_field(b'V').or_else(|| self.report_field(b'S'));
        matches!(severity.as_deref(), Some("FATAL" | "PANIC"))
    }
}

impl<'t> Exchange<'t> {
    /// The kind of the request.
    pub fn asks(&self) -> Option<Kind> {
        self.request.kind()
    }

    /// The answers but for those that may come at any time: the pairing keeps those elsewhere.
    pub fn answers_of(&self, kind: Kind) -> impl Iterator<Item = &Item<'t>> {
        self.answers.iter().filter(move |item| item.is(kind))
    }
}

impl<'t> Conversation<'t> {
    /// Understands a connection.
    pub fn of(connection: &'t Connection) -> Self {
        let frames = connection.events.iter().enumerate().filter_map(|(event, what)| match what {
            Event::Frame(kept) => Some(Item { event, kept }),
            Event::Tls(_) | Event::TlsFailed(_) | Event::Closed(_) | Event::Reset(_) => None,
        });
        let conversation = Self {
            connection,
            frames: frames.collect(),
            startup: Vec::new(),
            ready: false,
            exchanges: Vec::new(),
            strays: Vec::new(),
            early_ready: Vec::new(),
            after_terminate: Vec::new(),
            murky: false,
        };
        Pairing { conversation, open: VecDeque::new(), skipping: false, copying: false, terminated: false }
            .pair()
    }

    /// The frames that `side` sent.
    pub fn sent_by(&self, side: Side) -> impl Iterator<Item = &Item<'t>> {
        self.frames.iter().filter(move |item| item.kept.side == side)
    }

    /// The backend's errors.
    pub fn errors(&self) -> impl Iterator<Item = &Item<'t>> {
        self.sent_by(Side::Backend).filter(|item| item.is(Kind::ErrorResponse))
    }

    /// The startup packet's version and parameters' names.
    pub fn asked(&self) -> Option<(u32, Vec<String>)> {
        self.sent_by(Side::Frontend).find_map(|item| match item.frontend() {
            Some(Frontend::StartupMessage(startup)) => {
                let names = startup.parameters.iter().map(|(name, _)| name.lossy().into_owned());
                Some((startup.version, names.collect()))
            }
            _ => None,
        })
    }

    /// The messages that the frontend sent between two events.
    pub fn frontend_between(&self, from: usize, to: usize) -> impl Iterator<Item = &Item<'t>> {
        self.sent_by(Side::Frontend).filter(move |item| item.event > from && item.event < to)
    }
}

/// Pairs requests and answers, frame by frame.
struct Pairing<'t> {
    conversation: Conversation<'t>,
    /// Exchanges that are not over, by index.
    open: VecDeque<usize>,
    /// After an error in an extended-query message: what the frontend sends is discarded up to Sync.
    skipping: bool,
    /// Copy-in has begun: Flush and Sync are part of it.
    copying: bool,
    terminated: bool,
}

impl<'t> Pairing<'t> {
    fn pair(mut self) -> Conversation<'t> {
        for item in self.conversation.frames.clone() {
            match item.kept.side {
                Side::Frontend => self.frontend(item),
                Side::Backend => self.backend(item),
            }
        }
        self.conversation
    }

    fn frontend(&mut self, item: Item<'t>) {
        let Some(kind) = item.kind() else {
            self.conversation.murky = true;
            return;
        };
        let of_copy = matches!(
            kind,
            Kind::CopyData | Kind::CopyDone | Kind::CopyFail | Kind::Flush | Kind::Sync | Kind::Terminate
        );
        if self.copying && !of_copy {
            return self.lose();
        }
        match kind {
            Kind::Query
            | Kind::FunctionCall
            | Kind::Parse
            | Kind::Bind
            | Kind::Describe
            | Kind::Execute
            | Kind::Close => {
                let end = if self.skipping { End::Skipped } else { End::Open };
                self.ask(item, end);
            }
            Kind::Sync if self.copying => {}
            Kind::Sync => {
                self.skipping = false;
                self.ask(item, End::Open);
            }
            Kind::CopyDone | Kind::CopyFail => self.copying = false,
            Kind::Terminate => self.terminated = true,
            // Before the session, and wrong within it.
            Kind::PasswordMessage | Kind::SASLInitialResponse | Kind::SASLResponse | Kind::GSSResponse => {
                self.conversation.murky |= self.conversation.ready;
            }
            _ => {}
        }
    }

    fn ask(&mut self, request: Item<'t>, end: End) {
        if self.conversation.murky || self.terminated {
            return;
        }
        if end == End::Open {
            self.open.push_back(self.conversation.exchanges.len());
        }
        self.conversation.exchanges.push(Exchange { request, answers: Vec::new(), end });
    }

    fn backend(&mut self, item: Item<'t>) {
        if !self.conversation.ready {
            self.conversation.ready = item.is(Kind::ReadyForQuery);
            self.conversation.startup.push(item);
            return;
        }
        if item.is_asynchronous() || item.is_fatal() {
            return;
        }
        let Some(&index) = self.open.front() else {
            match (self.terminated, self.conversation.murky) {
                (true, _) => self.conversation.after_terminate.push(item),
                (false, false) => self.conversation.strays.push(item),
                (false, true) => {}
            }
            return;
        };
        let exchange = &self.conversation.exchanges[index];
        let ends = match exchange.asks() {
            Some(Kind::Query | Kind::FunctionCall | Kind::Sync) => item.is(Kind::ReadyForQuery),
            _ if item.is(Kind::ReadyForQuery) => return self.ready_too_early(item),
            Some(Kind::Parse) => item.is(Kind::ParseComplete) || item.is(Kind::ErrorResponse),
            Some(Kind::Bind) => item.is(Kind::BindComplete) || item.is(Kind::ErrorResponse),
            Some(Kind::Close) => item.is(Kind::CloseComplete) || item.is(Kind::ErrorResponse),
            Some(Kind::Describe) => {
                matches!(item.kind(), Some(Kind::RowDescription | Kind::NoData | Kind::ErrorResponse))
            }
            _ => matches!(
                item.kind(),
                Some(
                    Kind::CommandComplete
                        | Kind::EmptyQueryResponse
                        | Kind::PortalSuspended
                        | Kind::ErrorResponse
                )
            ),
        };
        if item.is(Kind::CopyInResponse) || item.is(Kind::CopyBothResponse) {
            return self.copy_begins(index, item);
        }
        let extended = !matches!(exchange.asks(), Some(Kind::Query | Kind::FunctionCall | Kind::Sync));
        self.conversation.exchanges[index].answers.push(item);
        if item.is(Kind::ErrorResponse) || ends {
            self.copying = false;
        }
        if ends {
            self.conversation.exchanges[index].end = End::Complete;
            self.open.pop_front();
            if extended && item.is(Kind::ErrorResponse) {
                self.skipping = true;
                self.discard(End::Skipped);
            }
        }
    }

    /// Copy-in takes for its own what the frontend has sent already: a Sync is no request any more, and anything else
    /// makes the copy fail, in ways that differ from version to version.
    fn copy_begins(&mut self, index: usize, item: Item<'t>) {
        self.conversation.exchanges[index].answers.push(item);
        let request = self.conversation.exchanges[index].request.event;
        // The frontend may have ended the copy already; what it sent behind that end is for itself again.
        let sent = self.conversation.frontend_between(request, item.event);
        let end = sent
            .filter(|item| item.is(Kind::CopyDone) || item.is(Kind::CopyFail))
            .map(|item| item.event)
            .next();
        self.copying = end.is_none();
        let behind: Vec<_> = self.open.drain(1..).collect();
        for index in behind {
            let exchange = &mut self.conversation.exchanges[index];
            if end.is_some_and(|end| exchange.request.event > end) {
                self.open.push_back(index);
            } else if exchange.asks() == Some(Kind::Sync) {
                exchange.end = End::Skipped;
            } else {
                return self.lose();
            }
        }
    }

    /// From here on nothing is paired.
    fn lose(&mut self) {
        self.conversation.murky = true;
        self.open.clear();
    }

    /// ReadyForQuery while an extended-query message waits for its answer: the Sync behind it was answered, or nothing.
    fn ready_too_early(&mut self, item: Item<'t>) {
        let sync =
            self.open.iter().any(|&index| self.conversation.exchanges[index].asks() == Some(Kind::Sync));
        if !sync {
            self.conversation.early_ready.push(item);
            return;
        }
        self.discard(End::PassedOver);
        if let Some(index) = self.open.pop_front() {
            self.conversation.exchanges[index].answers.push(item);
            self.conversation.exchanges[index].end = End::Complete;
        }
    }

    /// Ends the open exchanges up to the next Sync.
    fn discard(&mut self, end: End) {
        while let Some(&index) = self.open.front() {
            if self.conversation.exchanges[index].asks() == Some(Kind::Sync) {
                self.skipping = false;
                return;
            }
            self.conversation.exchanges[index].end = end;
            self.open.pop_front();
        }
    }
}
