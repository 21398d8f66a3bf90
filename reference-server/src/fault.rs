//! Named, switchable misbehaviour. A fault shows that the rule which watches for it can turn red; a quirk is a fault
//! that a real product really has.
//!
//! A new fault is its variant, its row, and the place that misbehaves.

use pgconform_wire::profile::claims::Dialect;
use std::collections::BTreeSet;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $id:literal, rules [$($rule:literal),*], quirk of [$($product:literal),*]
        $(, dialect $dialect:ident)?;)*) => {
        /// A misbehaviour.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[$doc])* $name,)* }

        /// Every fault, in the order of the table.
        pub const ALL: &[Row] = &[$(Row {
            fault: Fault::$name,
            id: $id,
            rules: &[$($rule),*],
            quirk_of: &[$($product),*],
            dialect: [$(Some(Dialect::$dialect),)? None][0],
        },)*];
    };
}

/// A row of the table of faults.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The fault.
    pub fault: Fault,
    /// Its name in commands and profiles.
    pub id: &'static str,
    /// The rules that it turns red.
    pub rules: &'static [&'static str],
    /// The products that really do this.
    pub quirk_of: &'static [&'static str],
    /// The dialect whose engine misbehaves; none: the protocol does, whatever the SQL.
    pub dialect: Option<Dialect>,
}

impl Row {
    /// Whether it can be seen of a server that speaks this dialect.
    pub fn acts_on(&self, dialect: Dialect) -> bool {
        self.dialect.is_none_or(|own| own == dialect)
    }
}

faults! {
    // Frames.

    /// CommandComplete has a length that does not even count itself.
    LengthTooSmall = "length-too-small", rules ["framing.length"], quirk of [];
    /// The last message before the connection is closed is not whole.
    MessageCutAtClose = "message-cut-at-close", rules ["framing.whole-messages"], quirk of [];
    /// Before ReadyForQuery comes a message of a type that does not exist.
    UnknownMessageType = "unknown-message-type", rules ["framing.known-types"], quirk of [];
    /// ReadyForQuery has a byte too many.
    TrailingByte = "trailing-byte", rules ["framing.no-trailing-bytes"], quirk of [];
    /// DataRow counts one value more than it has.
    DataRowOvercounts = "data-row-overcounts", rules ["framing.fields-present"], quirk of [];
    /// No zero byte ends the command tag.
    CommandTagUnterminated = "command-tag-unterminated", rules ["framing.strings-terminated"], quirk of [];

    // Encryption requests and the negotiation of versions.

    /// The server sends a notice before it is spoken to.
    SpeaksFirst = "speaks-first", rules ["startup.frontend-first"], quirk of [];
    /// SSLRequest is answered by a lower-case letter.
    SslAnswerLowerCase = "ssl-answer-lower-case", rules ["encryption.ssl-answer"], quirk of [];
    /// GSSENCRequest is answered by a lower-case letter.
    GssAnswerLowerCase = "gss-answer-lower-case", rules ["encryption.gss-answer"], quirk of [];
    /// A ParameterStatus follows the answer to an encryption request.
    ParameterBehindEncryptionAnswer = "parameter-behind-encryption-answer",
        rules ["encryption.nothing-behind-answer"], quirk of [];
    /// NegotiateProtocolVersion is sent twice.
    NegotiateTwice = "negotiate-twice", rules ["negotiate.once"], quirk of [];
    /// NegotiateProtocolVersion comes after the authentication request.
    NegotiateLate = "negotiate-late", rules ["negotiate.before-authentication"], quirk of [];
    /// NegotiateProtocolVersion is sent although there is nothing to negotiate.
    NegotiateUnneeded = "negotiate-unneeded", rules ["negotiate.only-when-needed"], quirk of [];
    /// NegotiateProtocolVersion tells version 4.0.
    NegotiateUpwards = "negotiate-upwards", rules ["negotiate.version"], quirk of [];
    /// NegotiateProtocolVersion lists an option that nobody asked for.
    NegotiateInventsOption = "negotiate-invents-option", rules ["negotiate.options"], quirk of [];
    /// Unknown versions and options are accepted without a word.
    NegotiateMissing = "negotiate-missing", rules ["negotiate.not-silent"], quirk of [];

    // Authentication.

    /// A ParameterStatus comes before the authentication request.
    ParameterBeforeAuthentication = "parameter-before-authentication",
        rules ["authentication.before-session"], quirk of [];
    /// AuthenticationOk is sent twice.
    AuthenticationOkTwice = "authentication-ok-twice", rules ["authentication.ok-last"], quirk of [];
    /// AuthenticationOk follows the request for a password without waiting for it.
    AuthenticationDoesNotWait = "authentication-does-not-wait", rules ["authentication.waits"], quirk of [];
    /// The password is asked for twice.
    PasswordAskedTwice = "password-asked-twice", rules ["authentication.one-request"], quirk of [];
    /// AuthenticationSASLFinal comes in an authentication by password.
    SaslFinalUnasked = "sasl-final-unasked", rules ["authentication.continues-what-began"], quirk of [];
    /// In place of a password, a SASL mechanism is asked for, out of none.
    SaslWithoutMechanisms = "sasl-without-mechanisms", rules ["authentication.sasl-mechanisms"], quirk of [];
    /// AuthenticationOk is preceded by an authentication message with a code that does not exist.
    AuthenticationUnknownCode = "authentication-unknown-code", rules ["authentication.known-codes"], quirk of [];
    /// AuthenticationOk follows a SCRAM exchange without AuthenticationSASLFinal.
    SaslFinalMissing = "sasl-final-missing", rules ["authentication.sasl-final"], quirk of [];
    /// The nonce in the server's first SCRAM message does not begin with the frontend's.
    ScramNonceOfItsOwn = "scram-nonce-of-its-own", rules ["authentication.scram-nonce"], quirk of [];
    /// SCRAM-SHA-256-PLUS is offered in plain text.
    ScramPlusWithoutTls = "scram-plus-without-tls", rules ["authentication.scram-plus-over-tls"], quirk of [];
    /// What a frontend binds SCRAM to is not looked at.
    ScramChannelUnchecked = "scram-channel-unchecked", rules [], quirk of [];
    /// Every connection has the same MD5 salt.
    Md5SaltRepeats = "md5-salt-repeats", rules [], quirk of [];
    /// CommandComplete comes between AuthenticationOk and the first ReadyForQuery.
    CommandCompleteInStartup = "command-complete-in-startup", rules ["startup.only-status"], quirk of [];
    /// Errors during start-up have severity ERROR.
    StartupErrorNotFatal = "startup-error-not-fatal", rules ["startup.error-fatal"], quirk of [];
    /// ReadyForQuery follows an error during start-up.
    ReadyAfterStartupError = "ready-after-startup-error",
        rules ["startup.error-last", "error.fatal-last"], quirk of [];
    /// The first ReadyForQuery says that a transaction block is open.
    FirstReadyInTransaction = "first-ready-in-transaction", rules ["startup.ready-idle"], quirk of [];
    /// BackendKeyData is sent twice.
    KeyTwice = "key-twice", rules ["backend-key-data.once"], quirk of [];
    /// The secret key has 257 bytes.
    KeyTooLong = "key-too-long", rules ["backend-key-data.length"], quirk of [];
    /// ParameterStatus tells values of parameters without a name.
    ParameterNameless = "parameter-nameless", rules ["parameter-status.name"], quirk of [];
    /// AuthenticationOk is not sent.
    AuthenticationOkMissing = "authentication-ok-missing", rules ["authentication.before-session"], quirk of [];
    /// BackendKeyData is not sent.
    KeyMissing = "key-missing", rules [], quirk of [];
    /// A ParameterStatus after every query tells another server version.
    ServerVersionChanges = "server-version-changes", rules ["parameter-status.fixed"], quirk of [];

    // ReadyForQuery.

    /// The status in ReadyForQuery, after the first, is an `X`.
    ReadyUnknownStatus = "ready-unknown-status", rules ["ready-for-query.status"], quirk of [];
    /// A Query is answered by two ReadyForQuery.
    ReadyTwice = "ready-twice", rules ["ready-for-query.one-per-query"], quirk of [];
    /// An error in an extended-query message is followed by ReadyForQuery, as if Sync had come.
    ReadyBeforeSync = "ready-before-sync", rules ["ready-for-query.one-per-sync"], quirk of [];
    /// ReadyForQuery tells a failed transaction after a Query without an error.
    ReadyFailedWithoutError = "ready-failed-without-error", rules ["ready-for-query.failed-by-error"], quirk of [];
    /// CommandComplete follows ReadyForQuery.
    CommandCompleteWhileIdle = "command-complete-while-idle", rules ["session.idle-quiet"], quirk of [];

    // Simple queries.

    /// No RowDescription precedes the rows.
    RowDescriptionMissing = "row-description-missing", rules ["simple-query.row-description-first"], quirk of [];
    /// DataRow lacks its last value.
    DataRowShort = "data-row-short", rules ["data-row.column-count", "extended-query.column-count"], quirk of [];
    /// Values in text format end with a zero byte.
    NulInText = "nul-in-text", rules ["data-row.text-without-nul"], quirk of [];
    /// RowDescription says binary, the values are text.
    RowDescriptionBinary = "row-description-binary", rules ["row-description.text-format"], quirk of [];
    /// RowDescription tells format code 7.
    RowDescriptionUnknownFormat = "row-description-unknown-format", rules ["row-description.format-code"], quirk of [];
    /// The command tag is empty.
    CommandTagEmpty = "command-tag-empty", rules ["command-complete.tag"], quirk of [];
    /// The tag of SELECT counts one row more than was sent.
    RowCountWrong = "row-count-wrong", rules ["command-complete.row-count"], quirk of [];
    /// CommandComplete follows the error of a Query.
    CommandCompleteAfterError = "command-complete-after-error", rules ["simple-query.error-last"], quirk of [];
    /// CommandComplete is not sent.
    CommandCompleteMissing = "command-complete-missing", rules ["simple-query.completed"], quirk of [];
    /// CommandComplete is sent twice.
    CommandCompleteTwice = "command-complete-twice", rules ["simple-query.statement-count"], quirk of [];
    /// CommandComplete follows EmptyQueryResponse.
    CommandCompleteAfterEmpty = "command-complete-after-empty", rules ["empty-query.alone"], quirk of [];
    /// NoData precedes the CommandComplete of a Query.
    NoDataInSimpleQuery = "no-data-in-simple-query", rules ["simple-query.no-extended-replies"], quirk of [];
    /// FunctionCallResponse precedes the CommandComplete of a Query.
    FunctionCallResponseUnasked = "function-call-response-unasked",
        rules ["function-call.only-when-asked"], quirk of [];
    /// Before CommandComplete, a CopyOutResponse says text for the whole and binary for its column.
    CopyFormatsMixed = "copy-formats-mixed", rules ["copy.formats"], quirk of [];
    /// CopyData precedes CommandComplete, and no CopyOutResponse it.
    CopyDataUnasked = "copy-data-unasked", rules ["copy.data-within-copy"], quirk of [];
    /// NotificationResponse comes to a session that never listened.
    NotificationUnasked = "notification-unasked", rules ["notification.only-when-listening"], quirk of [];

    // Extended queries, as a server shows them that refuses them.

    /// The error for an extended-query message is sent twice.
    ExtendedErrorTwice = "extended-error-twice", rules ["extended-query.error-last"], quirk of [];
    /// An extended-query message is refused, but first answered by the message that answers another kind.
    AnswerToAnother = "answer-to-another", rules ["extended-query.answers-in-order"], quirk of [];
    /// Describe is refused, but first answered by two ParameterDescriptions.
    ParametersDescribedTwice = "parameters-described-twice", rules ["extended-query.describe"], quirk of [];
    /// Execute is refused, but first answered by RowDescription.
    ExecuteDescribesRows = "execute-describes-rows",
        rules ["extended-query.execute-without-row-description"], quirk of [];
    /// Execute without a row limit is suspended.
    SuspendedWithoutLimit = "suspended-without-limit", rules ["extended-query.suspended-at-limit"], quirk of [];
    /// Extended-query messages are refused without a word.
    RefusalMissing = "refusal-missing", rules ["extended-query.all-answered"], quirk of [];

    // Extended queries, as a server shows them that serves them.

    /// ParseComplete is not sent.
    ParseCompleteMissing = "parse-complete-missing", rules ["extended-query.all-answered"], quirk of [];
    /// BindComplete is not sent.
    BindCompleteMissing = "bind-complete-missing", rules ["extended-query.all-answered"], quirk of [];
    /// CloseComplete is not sent.
    CloseCompleteMissing = "close-complete-missing", rules ["extended-query.all-answered"], quirk of [];
    /// NoData is not sent.
    NoDataMissing = "no-data-missing", rules ["extended-query.all-answered"], quirk of [];
    /// The description of a statement lacks its parameters.
    ParameterDescriptionMissing = "parameter-description-missing",
        rules ["extended-query.describe", "extended-query.describe-without-rows"], quirk of [];
    /// RowDescription tells the other format than a Bind asked for, or none at all.
    DescribedFormatsWrong = "described-formats-wrong",
        rules ["extended-query.statement-formats", "extended-query.portal-formats"], quirk of [];
    /// Values in binary format have a byte too many.
    BinaryValueLong = "binary-value-long", rules ["data-row.binary-size"], quirk of [];
    /// PortalSuspended is not sent.
    PortalSuspendedMissing = "portal-suspended-missing", rules ["extended-query.all-answered"], quirk of [];
    /// A portal that is suspended is said to be complete.
    SuspendedAsComplete = "suspended-as-complete", rules ["extended-query.suspends-at-limit"], quirk of [];
    /// EmptyQueryResponse is not sent.
    EmptyQueryResponseMissing = "empty-query-response-missing",
        rules ["simple-query.completed", "extended-query.all-answered"], quirk of [];
    /// Errors in extended-query messages do not make the server skip what follows them.
    ErrorSkipsNothing = "error-skips-nothing", rules ["extended-query.error-last"], quirk of [];

    // Copies, function calls, notifications, transaction blocks.

    /// CopyDone is not sent.
    CopyDoneMissing = "copy-done-missing", rules ["copy.out-done"], quirk of [];
    /// CopyData follows CopyDone.
    CopyDataAfterDone = "copy-data-after-done", rules ["copy.nothing-behind-done"], quirk of [];
    /// A copy that is binary as a whole is not in its columns.
    CopyBinaryMixed = "copy-binary-mixed", rules ["copy.binary-formats"], quirk of [];
    /// A copy-out ends with the line that files end with.
    CopyEndMarker = "copy-end-marker", rules ["copy.no-end-marker"], quirk of [];
    /// The response that begins a copy has a format too few.
    CopyColumnsShort = "copy-columns-short", rules [], quirk of [];
    /// FunctionCallResponse is not sent.
    FunctionCallResponseMissing = "function-call-response-missing", rules ["function-call.one-response"], quirk of [];
    /// FunctionCallResponse is sent twice.
    FunctionCallResponseTwice = "function-call-response-twice", rules ["function-call.one-response"], quirk of [];
    /// Notifications come within a transaction block, too.
    NotificationWithinBlock = "notification-within-block", rules ["notification.outside-block"], quirk of [];
    /// Notifications are not sent.
    NotificationMissing = "notification-missing", rules [], quirk of [];
    /// Notices are not sent.
    NoticeMissing = "notice-missing", rules [], quirk of [];
    /// ReadyForQuery tells an open transaction block as none.
    OpenBlockToldIdle = "open-block-told-idle", rules [], quirk of [];
    /// ReadyForQuery tells a failed transaction block as an open one.
    FailedBlockToldOpen = "failed-block-told-open", rules ["ready-for-query.error-fails-block"], quirk of [];
    /// ReadyForQuery tells a failed transaction block only once, and then none.
    FailedBlockForgotten = "failed-block-forgotten", rules ["ready-for-query.failed-until-ended"], quirk of [];
    /// The tag of INSERT is without the zero.
    InsertTagShort = "insert-tag-short", rules ["command-complete.insert-tag"], quirk of [];
    /// The tag of INSERT counts less than no rows.
    InsertCountNegative = "insert-count-negative", rules ["command-complete.insert-count"], quirk of [];
    /// A parameter that changes is not told.
    ParameterChangeUntold = "parameter-change-untold", rules [], quirk of [];

    // Errors.

    /// Errors have no SQLSTATE.
    ErrorWithoutCode = "error-without-code", rules ["error.mandatory-fields"], quirk of [];
    /// Errors have no severity in the field that is never translated.
    ErrorWithoutNonlocalizedSeverity = "error-without-nonlocalized-severity",
        rules ["error.nonlocalized-severity"], quirk of ["spacetimedb"];
    /// Errors have a severity that does not exist.
    ErrorSeverityUnknown = "error-severity-unknown", rules ["error.severity"], quirk of [];
    /// The SQLSTATE of errors is a word.
    SqlstateIsWord = "sqlstate-is-word", rules ["error.sqlstate"], quirk of [];
    /// The SQLSTATE of errors is that of success.
    SqlstateSuccess = "sqlstate-success", rules ["error.sqlstate-not-success"], quirk of [];
    /// Errors have their message twice.
    ErrorFieldTwice = "error-field-twice", rules ["error.fields-once"], quirk of [];
    /// The position in errors is a word.
    ErrorPositionIsWord = "error-position-is-word", rules ["error.position"], quirk of [];

    // The end.

    /// CancelRequest is answered by an error.
    CancelAnswered = "cancel-answered", rules ["cancel.no-reply"], quirk of [];
    /// CancelRequest cancels nothing.
    CancelIgnored = "cancel-ignored", rules [], quirk of [];
    /// Terminate is answered by CommandComplete.
    TerminateAnswered = "terminate-answered", rules ["terminate.no-reply"], quirk of [];
    /// The connection is never closed.
    StaysOpen = "stays-open", rules [], quirk of [];

    // What the session and its engine do.

    /// Parse, Bind and Describe pretend to succeed; Execute is answered by FATAL and a close.
    ExecuteIsFatal = "execute-is-fatal", rules [], quirk of ["spacetimedb"];
    /// A startup packet of another major version closes the connection without a word.
    MajorVersionClosesSilently = "major-version-closes-silently", rules [], quirk of ["spacetimedb"];
    /// 3.2 is taken as it is; other minor versions are answered by the bare number 2; protocol options are ignored.
    NegotiationByPgwire = "negotiation-by-pgwire",
        rules ["negotiate.version", "negotiate.not-silent"], quirk of ["spacetimedb"];
    /// Whatever is no SSLRequest at the very beginning is taken for a startup message, its code not looked at.
    StartupCodeIgnored = "startup-code-ignored",
        rules ["negotiate.not-silent", "cancel.no-reply"], quirk of ["cratedb"];
    /// Terminate does not close the connection.
    TerminateIgnored = "terminate-ignored", rules [], quirk of ["spacetimedb"];
    /// Any password will do.
    AnyPasswordAccepted = "any-password-accepted", rules [], quirk of [];
    /// U8 columns are smallint, not bytea.
    U8AsInt2 = "u8-as-int2", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// Strings inside JSON values are not escaped.
    JsonUnescaped = "json-unescaped", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// Interval values are ISO 8601 although IntervalStyle says postgres.
    IntervalIso8601 = "interval-iso8601", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// Floats print as Rust prints them: `inf`, never an exponent.
    FloatRustDisplay = "float-rust-display", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// The elements of an array column become fields of the row.
    ArrayElementsAsFields = "array-elements-as-fields", rules ["data-row.column-count"], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// Every SQL error is XX000 with `(Sql) ` before its text.
    ErrorsAsInternal = "errors-as-internal", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// A query string of two statements is refused.
    OneStatementPerQuery = "one-statement-per-query", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// A query string of comments or several semicolons is an error, not an empty query.
    EmptyQueryIsError = "empty-query-is-error", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// RowDescription tells size 0 and modifier 0 for every column.
    ZeroTypeSize = "zero-type-size", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// Arrays inside JSON values are their elements one after the other, without brackets or commas.
    JsonArrayConcatenated = "json-array-concatenated", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// INSERT wants a column list and then ignores it: values go by position.
    InsertColumnsPositional = "insert-columns-positional", rules [], quirk of ["spacetimedb"],
        dialect SpacetimeDb;
    /// A command tag is the first word of its statement, and a count.
    WordBasedTags = "word-based-tags", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// Errors tell the exception of CrateDB's program and where it was thrown, and of SQLSTATEs only XX000 and 0A000.
    JavaErrors = "java-errors", rules ["error.nonlocalized-severity"], quirk of ["cratedb"],
        dialect CrateDb;
    /// The elements of an array's text are quoted, all of them.
    ArrayElementsQuoted = "array-elements-quoted", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// The lower bound of an array's dimension is told as its length, and that there may be NULLs as true.
    ArrayBoundsAsLength = "array-bounds-as-length", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// Numbers with a fraction are written as Java writes them.
    JavaFloats = "java-floats", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// What follows an Execute whose execution is put off is answered at once.
    AnswersOvertakeExecution = "answers-overtake-execution", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// Flush runs what was put off, and PortalSuspended is then followed by ReadyForQuery.
    FlushExecutes = "flush-executes", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// Several executions before one Sync are refused, unless all of them write.
    OnlyWritesInBatches = "only-writes-in-batches", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// A portal that has ended runs again.
    PortalRunsAgain = "portal-runs-again", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// Parse and Bind replace named statements and portals.
    NamesReplaced = "names-replaced", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// What a statement means is looked at when it is described or bound, and not when it is parsed.
    AnalysedLate = "analysed-late", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// Parameters are described of statements that give or change rows, and of no others.
    ParametersOfQueriesOnly = "parameters-of-queries-only", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// The statements of a query string are parsed one at a time, each when those before it have run; an empty one is answered.
    StatementsParsedOneByOne = "statements-parsed-one-by-one", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// The modes of BEGIN need commas, COMMIT is one word, and there is no ROLLBACK.
    StrictTransactions = "strict-transactions", rules [], quirk of ["cratedb"],
        dialect CrateDb;
    /// FunctionCall and messages of a copy are refused without the ReadyForQuery that ends a FunctionCall.
    UnsupportedMessageUnready = "unsupported-message-unready", rules [], quirk of ["cratedb"];
    /// Behind an error in an extended query, Terminate is skipped as everything else.
    TerminateSkipped = "terminate-skipped", rules [], quirk of ["cratedb"];
}

impl Fault {
    /// The fault with this name.
    pub fn named(id: &str) -> Option<Self> {
        ALL.iter().find(|row| row.id == id).map(|row| row.fault)
    }
}

/// The faults that are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeSet<Fault>);

impl Faults {
    /// Whether none is on.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `fault` is on.
    pub fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<T: IntoIterator<Item = Fault>>(faults: T) -> Self {
        Self(faults.into_iter().collect())
    }
}
