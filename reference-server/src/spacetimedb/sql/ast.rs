//! The subset of SQL, as it is written: no name is resolved, nothing is typed.

use sqlparser::tokenizer::Location;

/// A name, and where it is written. Names are case-sensitive and never folded.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) at: Option<Location>,
}

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Select(Select),
    Insert { table: Name, columns: Vec<Name>, rows: Vec<Vec<Literal>> },
    Update { table: Name, assignments: Vec<(Name, Literal)>, filter: Option<Expr> },
    Delete { table: Name, filter: Option<Expr> },
    Set { variable: Name, value: Literal },
    Show { variable: Name },
}

#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) projection: Projection,
    pub(crate) from: Relation,
    pub(crate) joins: Vec<Join>,
    pub(crate) filter: Option<Expr>,
    /// A number, as it is written.
    pub(crate) limit: Option<Literal>,
}

#[derive(Clone, Debug)]
pub(crate) enum Projection {
    /// `*` or `t.*`
    Star(Option<Name>),
    /// `COUNT(*) AS` this.
    Count(Name),
    /// Columns, and what they are called in the result.
    Columns(Vec<(Column, Name)>),
}

#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub(crate) table: Name,
    pub(crate) alias: Name,
}

#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) relation: Relation,
    /// The columns that are equal; none in a cross join.
    pub(crate) on: Option<(Column, Column)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) table: Option<Name>,
    pub(crate) name: Name,
}

#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Literal(Literal),
    /// `:sender`, the identity of the caller.
    Sender(Option<Location>),
    Column(Column),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    /// AND
    All(Vec<Expr>),
    /// OR
    Any(Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) kind: Kind,
    pub(crate) at: Option<Location>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Bool(bool),
    /// With its sign.
    Number(String),
    String(String),
    /// The digits alone.
    Hex(String),
}
