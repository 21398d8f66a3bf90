//! One connection of a transcript, understood: which backend message answers which frontend message.
//!
//! The order between the directions is only trusted as far as causality goes: what the backend sent before a request was
//! sent is no answer to it. Where a frontend sends what is no message, or one that has no place, the rest is left
//! [unpaired](Conversation::murky): what a server does then is for cases to say, and not for rules.

use crate::transcript::{Connection, Event, Kept};
use pgconform_wire::{Backend, Content, DecodeError, Frontend, Kind, Message, Side, Why};
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
    /// Messages between an error in an extended query and its Sync, where nothing is answered.
    pub after_error: Vec<Item<'t>>,
    /// ReadyForQuery in an extended query that no Sync asked for.
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
    /// Whether it is a Sync up to which an error has discarded everything.
    pub after_error: bool,
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

    /// The severity of an ErrorResponse, the one that is never translated where it has that.
    pub fn severity(&self) -> Option<String> {
        self.report_field(b'V').or_else(|| self.report_field(b'S'))
    }

    /// Whether it is an error that ends the session.
    pub fn is_fatal(&self) -> bool {
        self.is(Kind::ErrorResponse) && matches!(self.severity().as_deref(), Some("FATAL" | "PANIC"))
    }

    /// Whether it is a startup packet of version 1 or 2. A server answers it in that version's format, which has other
    /// frames.
    fn asks_before_version_3(&self) -> bool {
        self.is(Kind::StartupMessage)
            && self.kept.bytes.get(4..6).is_some_and(|major| major < [0, 3].as_slice())
    }

    /// Whether the frontend answers an authentication request by it.
    fn is_password(&self) -> bool {
        matches!(
            self.kind(),
            Some(Kind::PasswordMessage | Kind::SASLInitialResponse | Kind::SASLResponse | Kind::GSSResponse)
        )
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
        let items = connection.events.iter().enumerate().filter_map(|(event, what)| match what {
            Event::Frame(kept) => Some(Item { event, kept }),
            Event::Tls(_) | Event::TlsFailed(_) | Event::Closed(_) | Event::Reset(_) => None,
        });
        let mut frames: Vec<Item<'t>> = Vec::new();
        let mut ancient = false;
        for item in items {
            ancient |= item.asks_before_version_3();
            if !(ancient && item.kept.side == Side::Backend) {
                frames.push(item);
            }
        }
        let conversation = Self {
            connection,
            frames,
            startup: Vec::new(),
            ready: false,
            exchanges: Vec::new(),
            strays: Vec::new(),
            after_error: Vec::new(),
            early_ready: Vec::new(),
            after_terminate: Vec::new(),
            murky: false,
        };
        Pairing::new(conversation).pair()
    }

    /// The frames that `side` sent.
    pub fn sent_by(&self, side: Side) -> impl Iterator<Item = &Item<'t>> {
        self.frames.iter().filter(move |item| item.kept.side == side)
    }

    /// The messages of this kind.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = Item<'t>> {
        self.frames.iter().copied().filter(move |item| item.is(kind))
    }

    /// The backend's errors.
    pub fn errors(&self) -> impl Iterator<Item = Item<'t>> {
        self.all(Kind::ErrorResponse)
    }

    /// The startup packet's version and parameters' names.
    pub fn asked(&self) -> Option<(u32, Vec<String>)> {
        self.all(Kind::StartupMessage).find_map(|item| match item.frontend() {
            Some(Frontend::StartupMessage(startup)) => {
                let names = startup.parameters.iter().map(|(name, _)| name.lossy().into_owned());
                Some((startup.version, names.collect()))
            }
            _ => None,
        })
    }
}

/// Pairs requests and answers, frame by frame.
struct Pairing<'t> {
    conversation: Conversation<'t>,
    /// Exchanges that are not over, by index.
    open: VecDeque<usize>,
    /// After an error in an extended-query message: what the frontend sends is discarded up to Sync.
    skipping: bool,
    copy: Copy,
    terminated: bool,
    /// Whether the last exchange that ended was of an extended query.
    extended: bool,
    /// Authentication responses that nobody has asked for, less the requests that were not answered.
    passwords: isize,
    /// Where the frontend began a message that it did not end: the transcript has that last, but the backend may have
    /// answered it any time since.
    cut: Option<usize>,
}

/// Copy-in: what the frontend sends is part of it.
#[derive(Default)]
struct Copy {
    /// It has begun, and the frontend has not ended it.
    on: bool,
    /// A Sync was sent within it. If the copy fails, the backend may have read that before or not.
    took_sync: bool,
    /// The event that ended the last one.
    end: usize,
}

impl<'t> Pairing<'t> {
    fn new(conversation: Conversation<'t>) -> Self {
        let mut whole = 0;
        let mut cut = None;
        for item in conversation.sent_by(Side::Frontend) {
            match item.kept.content {
                Content::Unframed(Why::Truncated) => cut = Some(whole),
                _ => whole = item.event,
            }
        }
        Self {
            conversation,
            open: VecDeque::new(),
            skipping: false,
            copy: Copy::default(),
            terminated: false,
            extended: false,
            passwords: 0,
            cut,
        }
    }

    fn pair(mut self) -> Conversation<'t> {
        for at in 0..self.conversation.frames.len() {
            let item = self.conversation.frames[at];
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
        if self.copy.on && !of_copy {
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
            Kind::Sync if self.copy.on => self.copy.took_sync = true,
            Kind::Sync => self.ask(item, End::Open),
            // These have no answer, unless it is that they are malformed.
            Kind::Flush | Kind::CopyDone | Kind::CopyFail | Kind::Terminate => {
                self.conversation.murky |= item.error().is_some();
                self.terminated |= kind == Kind::Terminate;
                if self.copy.on && matches!(kind, Kind::CopyDone | Kind::CopyFail) {
                    self.copy.on = false;
                    self.copy.end = item.event;
                }
            }
            // Before the session, and wrong within it.
            _ if item.is_password() => {
                self.passwords += 1;
                self.conversation.murky |= self.conversation.ready;
            }
            _ => {}
        }
    }

    fn ask(&mut self, request: Item<'t>, end: End) {
        if self.conversation.murky || self.terminated {
            return;
        }
        let sync = request.is(Kind::Sync);
        if end == End::Open {
            self.open.push_back(self.conversation.exchanges.len());
        }
        // A malformed Sync has an error of its own.
        let after_error = sync && self.skipping && request.error().is_none();
        self.conversation.exchanges.push(Exchange { request, answers: Vec::new(), end, after_error });
        self.skipping &= !sync;
    }

    fn backend(&mut self, item: Item<'t>) {
        if !self.conversation.ready {
            return self.startup(item);
        }
        if item.is_asynchronous() || item.is_fatal() {
            return;
        }
        let Some(&index) = self.open.front() else { return self.unasked(item) };
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
        let simple = matches!(exchange.asks(), Some(Kind::Query | Kind::FunctionCall));
        let sync = exchange.asks() == Some(Kind::Sync);
        self.conversation.exchanges[index].answers.push(item);
        if item.is(Kind::ErrorResponse) && self.copy.took_sync {
            return self.lose();
        }
        if item.is(Kind::ErrorResponse) || ends {
            self.copy.on = false;
            self.copy.took_sync = false;
        }
        if ends {
            self.conversation.exchanges[index].end = End::Complete;
            self.open.pop_front();
            self.extended = !simple;
            if !simple && !sync && item.is(Kind::ErrorResponse) {
                self.skipping = true;
                self.discard(End::Skipped);
            }
        }
    }

    /// A message up to and with the first ReadyForQuery.
    fn startup(&mut self, item: Item<'t>) {
        match item.kind() {
            Some(
                Kind::AuthenticationCleartextPassword
                | Kind::AuthenticationMD5Password
                | Kind::AuthenticationSASL
                | Kind::AuthenticationSASLContinue
                | Kind::AuthenticationGSS
                | Kind::AuthenticationSSPI
                | Kind::AuthenticationGSSContinue,
            ) => self.passwords -= 1,
            Some(Kind::ReadyForQuery) => {
                self.conversation.ready = true;
                self.conversation.murky |= self.passwords > 0;
            }
            _ => {}
        }
        self.conversation.startup.push(item);
    }

    /// A message while no request waits for an answer.
    fn unasked(&mut self, item: Item<'t>) {
        if self.conversation.murky || self.cut.is_some_and(|cut| item.event > cut) {
            return;
        }
        let ready = item.is(Kind::ReadyForQuery);
        let place = match (self.terminated, self.skipping) {
            (true, _) => &mut self.conversation.after_terminate,
            (false, true) if !ready => &mut self.conversation.after_error,
            (false, true) => &mut self.conversation.early_ready,
            (false, false) if ready && self.extended => &mut self.conversation.early_ready,
            (false, false) => &mut self.conversation.strays,
        };
        place.push(item);
    }

    /// Copy-in takes for its own what the frontend has sent already: a Sync is no request any more, and anything else
    /// makes the copy fail, in ways that differ from version to version.
    fn copy_begins(&mut self, index: usize, item: Item<'t>) {
        self.conversation.exchanges[index].answers.push(item);
        let from = self.copy.end.max(self.conversation.exchanges[index].request.event);
        // The frontend may have ended the copy already; what it sent behind that end is for itself again.
        let sent = |sent: &&Item<'_>| sent.event > from && sent.event < item.event;
        let ends = |sent: &Item<'_>| sent.is(Kind::CopyDone) || sent.is(Kind::CopyFail);
        let mut sent = self.conversation.sent_by(Side::Frontend).filter(sent);
        let end = sent.find(|sent| ends(sent)).map(|sent| sent.event);
        drop(sent);
        self.copy = Copy { on: end.is_none(), took_sync: false, end: end.unwrap_or(self.copy.end) };
        let behind: Vec<_> = self.open.drain(1..).collect();
        for index in behind {
            let exchange = &mut self.conversation.exchanges[index];
            if end.is_some_and(|end| exchange.request.event > end) {
                self.open.push_back(index);
            } else if exchange.asks() == Some(Kind::Sync) {
                exchange.end = End::Skipped;
                self.copy.took_sync = true;
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
            self.extended = true;
        }
    }

    /// Ends the open exchanges up to the next Sync.
    fn discard(&mut self, end: End) {
        while let Some(&index) = self.open.front() {
            let exchange = &mut self.conversation.exchanges[index];
            if exchange.asks() == Some(Kind::Sync) {
                exchange.after_error = end == End::Skipped && exchange.request.error().is_none();
                self.skipping = false;
                return;
            }
            exchange.end = end;
            self.open.pop_front();
        }
    }
}
