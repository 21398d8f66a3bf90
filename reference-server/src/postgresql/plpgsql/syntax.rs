//! What PL/pgSQL is made of.

use crate::engine::Severity;
use sqlparser::ast;

/// A block.
#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) label: Option<String>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) body: Vec<Statement>,
    pub(super) handlers: Vec<Handler>,
}

/// A variable to be declared.
#[derive(Clone, Debug)]
pub(super) struct Declaration {
    pub(super) name: String,
    /// None: a record.
    pub(super) data_type: Option<ast::DataType>,
    pub(super) not_null: bool,
    pub(super) default: Option<String>,
}

/// WHEN ... THEN.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    /// SQLSTATEs; none: OTHERS.
    pub(super) conditions: Vec<Option<String>>,
    pub(super) body: Vec<Statement>,
}

/// A statement and the line that it begins in.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// Where a query's row goes.
#[derive(Clone, Debug, Default)]
pub(super) struct Into {
    pub(super) targets: Vec<String>,
    pub(super) strict: bool,
}

/// What RAISE says.
#[derive(Clone, Debug)]
pub(super) struct Raise {
    pub(super) severity: Severity,
    /// SQLSTATE and what was written for it.
    pub(super) condition: Option<(String, String)>,
    pub(super) format: Option<String>,
    pub(super) arguments: Vec<String>,
    pub(super) options: Vec<(String, String)>,
    /// It says nothing at all: the error at hand is raised again.
    pub(super) again: bool,
}

/// What is run through.
#[derive(Clone, Debug)]
pub(super) enum Over {
    Range { from: String, to: String, by: Option<String>, reverse: bool },
    Query(String),
    Execute(String),
}

/// A statement.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Block(Block),
    /// The target, and the whole of the assignment with its expression.
    Assign {
        target: (String, Option<String>),
        text: String,
        expression: usize,
    },
    Raise(Raise),
    Assert {
        condition: String,
        message: Option<String>,
    },
    Perform(String),
    Sql {
        text: String,
        into: Option<Into>,
    },
    Execute {
        text: String,
        into: Option<Into>,
        using: Vec<String>,
    },
    If {
        branches: Vec<(String, Vec<Statement>)>,
        otherwise: Vec<Statement>,
    },
    /// LOOP and WHILE.
    Loop {
        label: Option<String>,
        condition: Option<String>,
        body: Vec<Statement>,
    },
    For {
        label: Option<String>,
        targets: Vec<String>,
        over: Over,
        body: Vec<Statement>,
    },
    /// EXIT, or CONTINUE.
    Leave {
        exits: bool,
        label: Option<String>,
        condition: Option<String>,
    },
    Return(Option<String>),
    ReturnNext(String),
    ReturnQuery(String),
    RowCount(String),
    Null,
}

impl Kind {
    /// What contexts call it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Block(_) => "statement block",
            Self::Assign { .. } => "assignment",
            Self::Raise(_) => "RAISE",
            Self::Assert { .. } => "ASSERT",
            Self::Perform(_) => "PERFORM",
            Self::Sql { .. } => "SQL statement",
            Self::Execute { .. } => "EXECUTE",
            Self::If { .. } => "IF",
            Self::Loop { condition: None, .. } => "LOOP",
            Self::Loop { condition: Some(_), .. } => "WHILE",
            Self::For { over: Over::Range { .. }, .. } => "FOR with integer loop variable",
            Self::For { over: Over::Query(_), .. } => "FOR over SELECT rows",
            Self::For { over: Over::Execute(_), .. } => "FOR over EXECUTE statement",
            Self::Leave { exits: true, .. } => "EXIT",
            Self::Leave { exits: false, .. } => "CONTINUE",
            Self::Return(_) => "RETURN",
            Self::ReturnNext(_) => "RETURN NEXT",
            Self::ReturnQuery(_) => "RETURN QUERY",
            Self::RowCount(_) => "GET DIAGNOSTICS",
            Self::Null => "NULL",
        }
    }
}
