//! What a statement is, before anything is looked up.

use super::{Copy, Domain, Parsed};
use crate::postgresql::transaction::Modes;
use sqlparser::ast;

/// A statement.
#[derive(Clone, Debug)]
pub(crate) enum Statement {
    /// SELECT, VALUES, TABLE.
    Query(Box<ast::Query>),
    /// INSERT, UPDATE, DELETE, MERGE.
    Modify(Box<ast::Statement>),
    /// CREATE, ALTER, DROP and the like.
    Definition(Box<ast::Statement>),
    /// CREATE DOMAIN, which `sqlparser` knows only in part.
    CreateDomain(Box<Domain>),
    DropDatabase {
        name: String,
        if_exists: bool,
    },
    AlterDatabase(String),
    Transaction(Transaction),
    Copy(Box<Copy>),
    /// DECLARE.
    Declare(Box<Cursor>),
    /// FETCH, or MOVE.
    Fetch {
        cursor: String,
        direction: Direction,
        moves: bool,
    },
    /// CLOSE; none: ALL.
    CloseCursor(Option<String>),
    Prepare {
        name: String,
        types: Vec<ast::DataType>,
        statement: Box<Parsed>,
    },
    Execute {
        name: String,
        arguments: Vec<ast::Expr>,
    },
    /// DEALLOCATE; none: ALL.
    Deallocate(Option<String>),
    Set {
        name: String,
        value: SetValue,
        local: bool,
    },
    /// SET SESSION CHARACTERISTICS AS TRANSACTION.
    SetCharacteristics(Modes),
    /// SET CONSTRAINTS; none: ALL.
    SetConstraints {
        names: Option<Vec<String>>,
        deferred: bool,
    },
    /// RESET; none: ALL.
    Reset(Option<String>),
    /// SHOW; none: ALL.
    Show(Option<String>),
    Listen(String),
    /// UNLISTEN; none: `*`.
    Unlisten(Option<String>),
    Notify {
        channel: String,
        payload: String,
    },
    /// DISCARD of this.
    Discard(String),
    Do {
        language: String,
        body: String,
    },
    /// LOCK, which needs no lock here: commands run one at a time.
    Lock(Vec<ast::ObjectName>),
    /// VACUUM, ANALYZE, CHECKPOINT, REINDEX, CLUSTER: nothing to do, by this command tag.
    Maintain {
        tag: &'static str,
        tables: Vec<ast::ObjectName>,
        alone: bool,
    },
    /// ALTER SYSTEM, whatever it is to change: this server has no configuration file.
    AlterSystem,
    Explain(Box<Parsed>),
}

/// A transaction command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transaction {
    /// BEGIN, or START TRANSACTION if `start`.
    Begin {
        modes: Modes,
        start: bool,
    },
    Commit {
        chain: bool,
    },
    Rollback {
        chain: bool,
    },
    Savepoint(String),
    Release(String),
    RollbackTo(String),
    /// SET TRANSACTION.
    Set(Modes),
    /// PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED, by command tag.
    TwoPhase(&'static str, String),
}

/// What a parameter is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetValue {
    /// DEFAULT.
    Default,
    /// These words, strings and numbers.
    List(Vec<String>),
}

/// A cursor to be declared.
#[derive(Clone, Debug)]
pub(crate) struct Cursor {
    pub(crate) name: String,
    pub(crate) binary: bool,
    pub(crate) scroll: Option<bool>,
    pub(crate) hold: bool,
    pub(crate) query: Box<ast::Query>,
}

/// Where FETCH and MOVE go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// So many rows on (negative: back; 0: this row again).
    Forward(i64),
    /// All rows on.
    ForwardAll,
    /// All rows back.
    BackwardAll,
    /// The row with this number, from 1; negative: from the end.
    Absolute(i64),
    /// The row so many on.
    Relative(i64),
}
