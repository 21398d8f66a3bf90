//! What a statement is, before anything is looked up.

use super::super::types::Type;
use super::parse::folded;
use sqlparser::ast;
use std::fmt;
use std::ops::Range;

/// A statement, and where it stands in the query string, in bytes, without its semicolon.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) statement: Statement,
    pub(crate) range: Range<usize>,
    /// How many tokens it has.
    pub(crate) tokens: usize,
    /// It nests so deeply that a thread's own stack may not do.
    pub(crate) deep: bool,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    /// BEGIN.
    Begin,
    /// START TRANSACTION.
    StartTransaction,
    /// COMMIT, END.
    Commit,
    /// ROLLBACK, ABORT.
    Rollback,
    /// DEALLOCATE: a prepared statement, or all.
    Deallocate(Option<String>),
    /// SELECT, VALUES.
    Query(Box<ast::Query>),
    Insert(Box<Insert>),
    Update(Box<Update>),
    Delete(Box<Delete>),
    CreateTable(Box<CreateTable>),
    DropTable {
        name: Name,
        if_exists: bool,
    },
    /// ALTER TABLE ADD COLUMN.
    AddColumn(Name, Box<ColumnDefinition>),
    /// REFRESH TABLE: all writes are seen at once, so there is nothing to do.
    Refresh(Vec<Name>),
    /// OPTIMIZE TABLE.
    Optimize(Vec<Name>),
    /// SET search_path; none: DEFAULT.
    SetPath(Option<Vec<String>>),
    /// SET of anything else, which is ignored.
    Set,
    /// RESET; of the search path, it has effect.
    Reset {
        path: bool,
    },
    Show(Show),
    /// KILL: a job, or all.
    Kill(Option<Box<ast::Expr>>),
    CopyFrom(Box<CopyFrom>),
    CopyTo(Box<CopyTo>),
}

/// The name of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl Name {
    /// The name as a query has it.
    pub(crate) fn of(name: &ast::ObjectName) -> Option<Self> {
        match name.0.as_slice() {
            [one] => Some(Self { schema: None, name: folded(one.as_ident()?) }),
            [schema, one] => {
                Some(Self { schema: Some(folded(schema.as_ident()?)), name: folded(one.as_ident()?) })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Insert {
    pub(crate) table: Name,
    pub(crate) columns: Option<Vec<String>>,
    pub(crate) source: InsertSource,
    pub(crate) conflict: Conflict,
}

/// Where the rows of an INSERT come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum InsertSource {
    Values(Vec<Vec<ast::Expr>>),
    Query(Box<ast::Query>),
}

/// What becomes of a row that there is already.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Conflict {
    Fails,
    /// ON CONFLICT DO NOTHING, of these columns if any are named.
    Nothing(Option<Vec<String>>),
    /// ON CONFLICT DO UPDATE, ON DUPLICATE KEY UPDATE.
    Update {
        columns: Option<Vec<String>>,
        assignments: Vec<Assignment>,
    },
}

/// `c = e`, `c['k'] = e`: the target is an expression still.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Assignment {
    pub(crate) target: ast::Expr,
    pub(crate) value: ast::Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Update {
    pub(crate) table: Name,
    pub(crate) alias: Option<String>,
    pub(crate) assignments: Vec<Assignment>,
    pub(crate) filter: Option<ast::Expr>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Delete {
    pub(crate) table: Name,
    pub(crate) alias: Option<String>,
    pub(crate) filter: Option<ast::Expr>,
}

/// COPY FROM: rows that files hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CopyFrom {
    pub(crate) table: Name,
    /// The files: a string, or an array of them.
    pub(crate) uri: ast::Expr,
    pub(crate) settings: Vec<Setting>,
}

/// COPY TO: rows that files are to hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CopyTo {
    pub(crate) table: Name,
    pub(crate) columns: Option<Vec<ast::Expr>>,
    pub(crate) filter: Option<ast::Expr>,
    /// Whether the URI is said to be that of a directory.
    pub(crate) directory: bool,
    pub(crate) uri: ast::Expr,
    pub(crate) settings: Vec<Setting>,
}

/// `name = value`
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Setting {
    pub(crate) name: String,
    pub(crate) value: ast::Expr,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CreateTable {
    pub(crate) name: Name,
    pub(crate) if_not_exists: bool,
    pub(crate) columns: Vec<ColumnDefinition>,
    /// PRIMARY KEY of the table.
    pub(crate) primary_key: Vec<String>,
    pub(crate) shards: Option<i32>,
    /// The columns of CLUSTERED BY and PARTITIONED BY, which there must be.
    pub(crate) named: Vec<String>,
}

/// A column of a table, or a field of an object, as it is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnDefinition {
    pub(crate) name: String,
    pub(crate) ty: Type,
    /// What is known of an object's fields.
    pub(crate) fields: Vec<Self>,
    /// No other fields than these.
    pub(crate) strict: bool,
    pub(crate) primary_key: bool,
    pub(crate) not_null: bool,
}

impl ColumnDefinition {
    /// A column of which no more is known than its type.
    pub(crate) fn of(name: String, ty: Type) -> Self {
        Self { name, ty, fields: Vec::new(), strict: false, primary_key: false, not_null: false }
    }
}

/// SHOW.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Show {
    /// SHOW TRANSACTION ISOLATION LEVEL.
    Isolation,
    /// SHOW ALL.
    All,
    /// SHOW of a session setting.
    Setting(String),
    /// SHOW TABLES, SCHEMAS, COLUMNS: a query of `information_schema`.
    Query(Box<ast::Query>),
    /// SHOW CREATE TABLE.
    CreateTable(Name),
}

/// What kind of thing a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It gives rows: SELECT, SHOW, EXPLAIN.
    Rows,
    /// It changes rows: INSERT, UPDATE, DELETE.
    Write,
    /// It defines something: DDL.
    Definition,
    /// Anything else: it sets, it kills, it is ignored.
    Other,
}

impl Statement {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Query(_) | Self::Show(_) => Kind::Rows,
            Self::Insert(_) | Self::Update(_) | Self::Delete(_) => Kind::Write,
            Self::Begin
            | Self::StartTransaction
            | Self::Commit
            | Self::Rollback
            | Self::Deallocate(_)
            | Self::Refresh(_)
            | Self::Optimize(_)
            | Self::SetPath(_)
            | Self::Set
            | Self::Reset { .. }
            | Self::Kill(_)
            | Self::CopyFrom(_)
            | Self::CopyTo(_) => Kind::Other,
            Self::CreateTable(_) | Self::DropTable { .. } | Self::AddColumn(..) => Kind::Definition,
        }
    }

    /// The command tag, as PostgreSQL has it.
    pub(crate) fn tag(&self, count: u64) -> String {
        let word = match self {
            Self::Query(_) => return format!("SELECT {count}"),
            Self::Insert(_) => return format!("INSERT 0 {count}"),
            Self::Update(_) => return format!("UPDATE {count}"),
            Self::Delete(_) => return format!("DELETE {count}"),
            Self::Kill(_) => return format!("KILL {count}"),
            Self::CopyFrom(_) | Self::CopyTo(_) => return format!("COPY {count}"),
            Self::Begin => "BEGIN",
            Self::StartTransaction => "START TRANSACTION",
            Self::Commit => "COMMIT",
            Self::Rollback => "ROLLBACK",
            Self::Deallocate(None) => "DEALLOCATE ALL",
            Self::Deallocate(Some(_)) => "DEALLOCATE",
            Self::CreateTable(_) => "CREATE TABLE",
            Self::DropTable { .. } => "DROP TABLE",
            Self::AddColumn(..) => "ALTER TABLE",
            Self::Refresh(_) => "REFRESH TABLE",
            Self::Optimize(_) => "OPTIMIZE TABLE",
            Self::SetPath(_) | Self::Set => "SET",
            Self::Reset { .. } => "RESET",
            Self::Show(_) => "SHOW",
        };
        word.to_owned()
    }
}
