//! From a body to a block. Expressions and statements of SQL are kept as text: they are analysed when they are run.

mod raise;

use super::condition;
use super::lex::{self, Placed, Token};
use super::syntax::{Block, Declaration, Handler, Into, Kind, Over, Statement};
use crate::engine::SqlError;
use crate::postgresql::meter::{roomy_if, too_deep};
use sqlparser::ast::DataType;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser as Sql;

/// Parses a body.
pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Placed>,
    at: usize,
    /// The variables in sight.
    names: Vec<String>,
    /// The loops around.
    loops: usize,
    /// How many statements are around.
    depth: usize,
    /// What the function's name is, for messages.
    function: &'a str,
}

/// How deep statements may stand in each other.
const DEEPEST: usize = 100;

/// The block that a body is; `names` are the variables that it has from outside. An error's position counts within the body.
pub(super) fn parse(text: &str, function: &str, names: Vec<String>) -> Result<Block, SqlError> {
    let tokens = lex::tokens(text).map_err(|at| {
        let message = format!("unterminated quoted string at or near \"{}\"", &text[at..]);
        SqlError::error("42601", message).at(Some(text[..at].chars().count() + 1))
    })?;
    let mut parser = Parser { text, tokens, at: 0, names, loops: 0, depth: 0, function };
    let label = parser.label()?;
    if !parser.is("declare") && !parser.is("begin") {
        return Err(parser.unexpected());
    }
    let block = roomy_if(true, || parser.block(label))?;
    parser.symbol(';');
    if parser.at < parser.tokens.len() {
        return Err(parser.unexpected());
    }
    Ok(block)
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|placed| &placed.token)
    }

    fn is(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found == word)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    fn is_symbol(&self, symbol: char) -> bool {
        self.peek() == Some(&Token::Other(symbol))
    }

    fn symbol(&mut self, symbol: char) -> bool {
        let found = self.is_symbol(symbol);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<(), SqlError> {
        if self.word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn semicolon(&mut self) -> Result<(), SqlError> {
        if self.symbol(';') { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Result<String, SqlError> {
        match self.peek() {
            Some(Token::Word(name) | Token::Quoted(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Where a token begins, in bytes.
    fn start(&self, token: usize) -> usize {
        self.tokens.get(token).map_or(self.text.len(), |placed| placed.at.start)
    }

    fn position(&self, byte: usize) -> Option<usize> {
        Some(self.text[..byte].chars().count() + 1)
    }

    fn line(&self, token: usize) -> usize {
        self.text[..self.start(token)].matches('\n').count() + 1
    }

    fn unexpected(&self) -> SqlError {
        self.near("syntax error", self.at)
    }

    /// An error about a token, which the message repeats.
    fn near(&self, what: &str, token: usize) -> SqlError {
        let message = match self.tokens.get(token) {
            Some(placed) => format!("{what} at or near \"{}\"", &self.text[placed.at.clone()]),
            None => format!("{what} at end of input"),
        };
        SqlError::error("42601", message).at(self.position(self.start(token)))
    }

    /// An error about the function as a whole, which the context tells.
    fn compiling(&self, code: &'static str, message: String, token: usize) -> SqlError {
        let mut error = SqlError::error(code, message);
        let (function, line) = (self.function, self.line(token));
        error.more().context =
            Some(format!("compilation of PL/pgSQL function \"{function}\" near line {line}"));
        error
    }

    /// The text up to one of these words or symbols, which stays.
    fn until(&mut self, words: &[&str], symbols: &[&str]) -> Result<String, SqlError> {
        let first = self.at;
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            let ends = depth == 0
                && match token {
                    Token::Word(word) => words.contains(&word.as_str()),
                    Token::Symbol(symbol) => symbols.contains(symbol),
                    Token::Other(symbol) => symbols.contains(&&*symbol.encode_utf8(&mut [0; 4])),
                    _ => false,
                };
            if ends {
                break;
            }
            match token {
                Token::Other('(' | '[') => depth += 1,
                Token::Other(')' | ']') => depth = depth.saturating_sub(1),
                Token::Other(';') => return Err(self.unexpected()),
                _ => {}
            }
            self.at += 1;
        }
        if self.at == self.tokens.len() {
            return Err(self.unexpected());
        }
        if self.at == first {
            return Err(self.near("missing expression", self.at));
        }
        Ok(self.text[self.start(first)..self.tokens[self.at - 1].at.end].to_owned())
    }

    fn label(&mut self) -> Result<Option<String>, SqlError> {
        if self.peek() != Some(&Token::Symbol("<<")) {
            return Ok(None);
        }
        self.at += 1;
        let label = self.name()?;
        if self.peek() != Some(&Token::Symbol(">>")) {
            return Err(self.unexpected());
        }
        self.at += 1;
        Ok(Some(label))
    }

    fn block(&mut self, label: Option<String>) -> Result<Block, SqlError> {
        let outer = self.names.len();
        let mut declarations: Vec<Declaration> = Vec::new();
        if self.word("declare") {
            while !self.is("begin") {
                let at = self.at;
                let declaration = self.declaration()?;
                if declarations.iter().any(|known| known.name == declaration.name) {
                    return Err(self.near("duplicate declaration", at));
                }
                self.names.push(declaration.name.clone());
                declarations.push(declaration);
            }
        }
        self.expect("begin")?;
        let body = self.statements(&["end", "exception"])?;
        let mut handlers = Vec::new();
        if self.word("exception") {
            while self.word("when") {
                let mut conditions = vec![self.condition()?];
                while self.word("or") {
                    conditions.push(self.condition()?);
                }
                self.expect("then")?;
                self.names.extend(["sqlstate".to_owned(), "sqlerrm".to_owned()]);
                let body = self.statements(&["end", "when"])?;
                handlers.push(Handler { conditions, body });
            }
        }
        self.expect("end")?;
        if !self.is_symbol(';') && self.peek().is_some() {
            self.name()?;
        }
        self.names.truncate(outer);
        Ok(Block { label, declarations, body, handlers })
    }

    fn declaration(&mut self) -> Result<Declaration, SqlError> {
        let at = self.at;
        let name = self.name()?;
        let constant = self.word("constant");
        let type_at = self.at;
        let words = ["not", "default"];
        let written = self.until(&words, &[":=", "=", ";"])?;
        let data_type = match written.to_lowercase().as_str() {
            "record" => None,
            _ => Some(data_type(&written).ok_or_else(|| self.near("syntax error", type_at))?),
        };
        let not_null = self.word("not");
        if not_null {
            self.expect("null")?;
        }
        let assigns = self.word("default") || self.symbol('=') || self.assigns();
        let default = if assigns { Some(self.until(&[], &[";"])?) } else { None };
        if not_null && default.is_none() {
            let message =
                format!("variable \"{name}\" must have a default value, since it's declared NOT NULL");
            return Err(SqlError::error("22004", message).at(self.position(self.start(self.at))));
        }
        self.semicolon()?;
        if constant {
            // Nothing assigns to it: the parser sees to that.
            self.names.push(format!("constant {name}"));
        }
        _ = at;
        Ok(Declaration { name, data_type, not_null, default })
    }

    fn assigns(&mut self) -> bool {
        let found = self.peek() == Some(&Token::Symbol(":="));
        self.at += usize::from(found);
        found
    }

    /// The SQLSTATE of a condition; none: OTHERS.
    fn condition(&mut self) -> Result<Option<String>, SqlError> {
        let at = self.at;
        if self.word("sqlstate") {
            return self.string().map(Some);
        }
        let name = self.name()?;
        if name == "others" {
            return Ok(None);
        }
        let known = condition::sqlstate(&name).map(str::to_owned);
        known.map(Some).ok_or_else(|| {
            self.compiling("42704", format!("unrecognized exception condition \"{name}\""), at)
        })
    }

    fn string(&mut self) -> Result<String, SqlError> {
        match self.peek() {
            Some(Token::String(value)) => {
                let value = value.clone();
                self.at += 1;
                Ok(value)
            }
            _ => Err(self.unexpected()),
        }
    }

    fn statements(&mut self, ends: &[&str]) -> Result<Vec<Statement>, SqlError> {
        let mut statements = Vec::new();
        while !ends.iter().any(|end| self.is(end)) {
            if self.peek().is_none() {
                return Err(self.unexpected());
            }
            let line = self.line(self.at);
            if self.depth >= DEEPEST {
                return Err(too_deep());
            }
            self.depth += 1;
            let kind = self.statement()?;
            self.depth -= 1;
            statements.push(Statement { line, kind });
        }
        Ok(statements)
    }

    fn statement(&mut self) -> Result<Kind, SqlError> {
        let label = self.label()?;
        let first = self.at;
        let word = match self.peek() {
            Some(Token::Word(word)) => word.clone(),
            Some(Token::Quoted(_)) => String::new(),
            _ => return Err(self.unexpected()),
        };
        let kind = match word.as_str() {
            "declare" | "begin" => Kind::Block(self.block(label)?),
            "if" => self.branches()?,
            "loop" | "while" => self.endless(label)?,
            "for" => self.run_through(label)?,
            "exit" | "continue" => self.leave(word == "exit")?,
            "raise" => self.raise()?,
            "assert" => {
                self.at += 1;
                let condition = self.until(&[], &[",", ";"])?;
                let message = if self.symbol(',') { Some(self.until(&[], &[";"])?) } else { None };
                Kind::Assert { condition, message }
            }
            "perform" => {
                self.at += 1;
                Kind::Perform(format!("SELECT {}", self.until(&[], &[";"])?))
            }
            "execute" => self.execute()?,
            "return" => self.returns()?,
            "null" => {
                self.at += 1;
                Kind::Null
            }
            "get" => {
                self.at += 1;
                self.word("current");
                self.expect("diagnostics")?;
                let target = self.target()?;
                if !self.symbol('=') && !self.assigns() {
                    return Err(self.unexpected());
                }
                self.expect("row_count")?;
                Kind::RowCount(target)
            }
            _ => match self.assignment()? {
                Some(assignment) => assignment,
                None => self.sql(first)?,
            },
        };
        self.semicolon()?;
        Ok(kind)
    }

    /// A variable that is in sight and may be assigned to.
    fn target(&mut self) -> Result<String, SqlError> {
        let at = self.at;
        let name = self.name()?;
        if self.names.iter().rev().any(|known| *known == format!("constant {name}")) {
            let message = format!("variable \"{name}\" is declared CONSTANT");
            return Err(SqlError::error("22005", message).at(self.position(self.start(at))));
        }
        if !self.names.contains(&name) {
            let message = format!("\"{name}\" is not a known variable");
            return Err(SqlError::error("42601", message).at(self.position(self.start(at))));
        }
        Ok(name)
    }

    fn assignment(&mut self) -> Result<Option<Kind>, SqlError> {
        let first = self.at;
        let dotted = self.tokens.get(first + 1).is_some_and(|placed| placed.token == Token::Other('.'));
        let operator = self.tokens.get(first + if dotted { 3 } else { 1 }).map(|placed| &placed.token);
        if !matches!(operator, Some(Token::Symbol(":=") | Token::Other('='))) {
            return Ok(None);
        }
        let target = self.target()?;
        let field = if self.symbol('.') { Some(self.name()?) } else { None };
        self.at += 1;
        let expression = self.start(self.at) - self.start(first);
        self.until(&[], &[";"])?;
        let text = self.text[self.start(first)..self.tokens[self.at - 1].at.end].to_owned();
        Ok(Some(Kind::Assign { target: (target, field), text, expression }))
    }

    fn branches(&mut self) -> Result<Kind, SqlError> {
        let mut branches = Vec::new();
        let mut otherwise = Vec::new();
        self.at += 1;
        loop {
            let condition = self.until(&["then"], &[])?;
            self.expect("then")?;
            branches.push((condition, self.statements(&["elsif", "elseif", "else", "end"])?));
            if !self.word("elsif") && !self.word("elseif") {
                break;
            }
        }
        if self.word("else") {
            otherwise = self.statements(&["end"])?;
        }
        self.expect("end")?;
        self.expect("if")?;
        Ok(Kind::If { branches, otherwise })
    }

    fn loop_body(&mut self) -> Result<Vec<Statement>, SqlError> {
        self.expect("loop")?;
        self.loops += 1;
        let body = self.statements(&["end"])?;
        self.loops -= 1;
        self.expect("end")?;
        self.expect("loop")?;
        if !self.is_symbol(';') {
            self.name()?;
        }
        Ok(body)
    }

    fn endless(&mut self, label: Option<String>) -> Result<Kind, SqlError> {
        let condition = if self.word("while") { Some(self.until(&["loop"], &[])?) } else { None };
        Ok(Kind::Loop { label, condition, body: self.loop_body()? })
    }

    fn run_through(&mut self, label: Option<String>) -> Result<Kind, SqlError> {
        self.at += 1;
        let mut targets = vec![self.name()?];
        while self.symbol(',') {
            targets.push(self.name()?);
        }
        self.expect("in")?;
        if self.word("execute") {
            let query = self.until(&["loop"], &[])?;
            return Ok(Kind::For { label, targets, over: Over::Execute(query), body: self.loop_body()? });
        }
        let reverse = self.word("reverse");
        let from = self.until(&["loop"], &[".."])?;
        let over = if self.peek() == Some(&Token::Symbol("..")) {
            self.at += 1;
            let to = self.until(&["loop", "by"], &[])?;
            let by = if self.word("by") { Some(self.until(&["loop"], &[])?) } else { None };
            Over::Range { from, to, by, reverse }
        } else {
            Over::Query(from)
        };
        let known = self.names.len();
        if matches!(over, Over::Range { .. }) {
            self.names.extend(targets.iter().cloned());
        }
        let body = self.loop_body()?;
        self.names.truncate(known);
        Ok(Kind::For { label, targets, over, body })
    }

    fn leave(&mut self, exits: bool) -> Result<Kind, SqlError> {
        let first = self.at;
        self.at += 1;
        let label = if self.is("when") || self.is_symbol(';') { None } else { Some(self.name()?) };
        let condition = if self.word("when") { Some(self.until(&[], &[";"])?) } else { None };
        if self.loops == 0 && label.is_none() {
            let message = match exits {
                true => "EXIT cannot be used outside a loop, unless it has a label",
                false => "CONTINUE cannot be used outside a loop",
            };
            return Err(SqlError::error("42601", message).at(self.position(self.start(first))));
        }
        Ok(Kind::Leave { exits, label, condition })
    }

    fn into(&mut self) -> Result<Into, SqlError> {
        let strict = self.word("strict");
        let mut targets = vec![self.target()?];
        while self.symbol(',') {
            targets.push(self.target()?);
        }
        Ok(Into { targets, strict })
    }

    fn execute(&mut self) -> Result<Kind, SqlError> {
        self.at += 1;
        let text = self.until(&["into", "using"], &[";"])?;
        let (mut into, mut using) = (None, Vec::new());
        loop {
            if self.word("into") {
                into = Some(self.into()?);
            } else if self.word("using") {
                using.push(self.until(&["into"], &[",", ";"])?);
                while self.symbol(',') {
                    using.push(self.until(&["into"], &[",", ";"])?);
                }
            } else {
                return Ok(Kind::Execute { text, into, using });
            }
        }
    }

    fn returns(&mut self) -> Result<Kind, SqlError> {
        self.at += 1;
        if self.word("next") {
            return self.until(&[], &[";"]).map(Kind::ReturnNext);
        }
        if self.word("query") {
            return self.until(&[], &[";"]).map(Kind::ReturnQuery);
        }
        if self.is_symbol(';') {
            return Ok(Kind::Return(None));
        }
        self.until(&[], &[";"]).map(|text| Kind::Return(Some(text)))
    }

    /// A statement of SQL, whose INTO is taken out of it.
    fn sql(&mut self, first: usize) -> Result<Kind, SqlError> {
        let mut text = String::new();
        let mut into = None;
        let mut last = self.start(first);
        let inserts = self.is("insert") || self.is("merge");
        let mut depth = 0_usize;
        while !self.is_symbol(';') {
            if self.peek().is_none() {
                return Err(self.unexpected());
            }
            match self.peek() {
                Some(Token::Other('(')) => depth += 1,
                Some(Token::Other(')')) => depth = depth.saturating_sub(1),
                _ => {}
            }
            let of_insert = inserts && self.at == first + 1;
            if depth == 0 && !of_insert && into.is_none() && self.is("into") {
                let start = self.start(self.at);
                text += &self.text[last..start];
                self.at += 1;
                into = Some(self.into()?);
                last = self.tokens[self.at - 1].at.end;
                text += &" ".repeat(self.text[start..last].chars().count());
                continue;
            }
            self.at += 1;
        }
        text += &self.text[last..self.tokens[self.at - 1].at.end];
        // What is no statement shows now, as it does in PostgreSQL.
        if let Err(error) = crate::postgresql::sql::parse::parse(&text, true) {
            let start = self.position(self.start(first)).unwrap_or(1);
            return Err(SqlError { position: error.position.map(|at| start + at - 1), ..error });
        }
        text.truncate(text.trim_end().len());
        Ok(Kind::Sql { text, into })
    }
}

/// The type that this text names.
pub(super) fn data_type(text: &str) -> Option<DataType> {
    let mut parser = Sql::new(&PostgreSqlDialect {}).try_with_sql(text).ok()?;
    parser.parse_data_type().ok()
}
