//! The statements that only PostgreSQL has, or has its own way.

use super::Parsed;
use super::statement::{Cursor, Direction, SetValue, Statement, Transaction};
use super::tokens::Tokens;
use crate::engine::SqlError;
use crate::postgresql::transaction::{Isolation, Modes};
use sqlparser::tokenizer::Token;

/// A statement that begins with this word.
pub(super) fn parse(first: &str, tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let unknown = tokens.unexpected();
    tokens.skip(1);
    match first {
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" | "savepoint" | "release" => {
            transaction(first, tokens).map(Statement::Transaction)
        }
        "set" => set(tokens),
        "reset" => Ok(Statement::Reset(parameter_or_all(tokens)?)),
        "show" => Ok(Statement::Show(parameter_or_all(tokens)?)),
        "declare" => declare(tokens),
        "fetch" | "move" => fetch(first == "move", tokens),
        "close" => Ok(Statement::CloseCursor(name_or(tokens, "all")?)),
        "prepare" if tokens.words(&["transaction"]) => {
            let name = tokens.string()?;
            Ok(Statement::Transaction(Transaction::TwoPhase("PREPARE TRANSACTION", name)))
        }
        "prepare" => prepare(tokens),
        "execute" => execute(tokens),
        "deallocate" => {
            tokens.word("prepare");
            Ok(Statement::Deallocate(name_or(tokens, "all")?))
        }
        "listen" => Ok(Statement::Listen(tokens.name()?)),
        "unlisten" if tokens.symbol("*") => Ok(Statement::Unlisten(None)),
        "unlisten" => Ok(Statement::Unlisten(Some(tokens.name()?))),
        "notify" => {
            let channel = tokens.name()?;
            let payload = if tokens.symbol(",") { tokens.string()? } else { String::new() };
            Ok(Statement::Notify { channel, payload })
        }
        "discard" => discard(tokens),
        "do" => {
            let before = if tokens.word("language") { Some(tokens.name()?) } else { None };
            let body = tokens.string()?;
            let after = if tokens.word("language") { Some(tokens.name()?) } else { None };
            let language = before.or(after).unwrap_or_else(|| "plpgsql".to_owned());
            Ok(Statement::Do { language, body })
        }
        "lock" => lock(tokens),
        "explain" => explain(tokens),
        "vacuum" => maintain("VACUUM", true, tokens),
        "analyze" | "analyse" => maintain("ANALYZE", false, tokens),
        "checkpoint" => Ok(Statement::Maintain { tag: "CHECKPOINT", tables: Vec::new(), alone: false }),
        _ => Err(unknown),
    }
}

fn name_or(tokens: &mut Tokens<'_>, word: &str) -> Result<Option<String>, SqlError> {
    if tokens.word(word) { Ok(None) } else { tokens.name().map(Some) }
}

fn transaction(first: &str, tokens: &mut Tokens<'_>) -> Result<Transaction, SqlError> {
    match first {
        "begin" | "start" => {
            if first == "start" {
                tokens.expect("transaction")?;
            } else if !tokens.word("work") {
                tokens.word("transaction");
            }
            Ok(Transaction::Begin { modes: modes(tokens)?, start: first == "start" })
        }
        "commit" | "rollback" if tokens.word("prepared") => {
            let tag = if first == "commit" { "COMMIT PREPARED" } else { "ROLLBACK PREPARED" };
            Ok(Transaction::TwoPhase(tag, tokens.string()?))
        }
        "commit" | "end" => Ok(Transaction::Commit { chain: end(tokens)? }),
        "savepoint" => Ok(Transaction::Savepoint(tokens.name()?)),
        "release" => {
            tokens.word("savepoint");
            Ok(Transaction::Release(tokens.name()?))
        }
        _ => {
            if !tokens.word("work") {
                tokens.word("transaction");
            }
            if tokens.word("to") {
                tokens.word("savepoint");
                return Ok(Transaction::RollbackTo(tokens.name()?));
            }
            Ok(Transaction::Rollback { chain: chain(tokens)? })
        }
    }
}

/// [WORK | TRANSACTION] [AND [NO] CHAIN]
fn end(tokens: &mut Tokens<'_>) -> Result<bool, SqlError> {
    if !tokens.word("work") {
        tokens.word("transaction");
    }
    chain(tokens)
}

fn chain(tokens: &mut Tokens<'_>) -> Result<bool, SqlError> {
    if !tokens.word("and") {
        return Ok(false);
    }
    let no = tokens.word("no");
    tokens.expect("chain")?;
    Ok(!no)
}

/// Transaction modes, with commas or not.
fn modes(tokens: &mut Tokens<'_>) -> Result<Modes, SqlError> {
    let mut modes = Modes::default();
    loop {
        if tokens.words(&["isolation", "level"]) {
            modes.isolation = Some(isolation(tokens)?);
        } else if tokens.words(&["read", "only"]) {
            modes.read_only = Some(true);
        } else if tokens.words(&["read", "write"]) {
            modes.read_only = Some(false);
        } else if tokens.words(&["not", "deferrable"]) {
            modes.deferrable = Some(false);
        } else if tokens.word("deferrable") {
            modes.deferrable = Some(true);
        } else {
            return Ok(modes);
        }
        if tokens.symbol(",") && tokens.rest().is_empty() {
            return Err(tokens.unexpected());
        }
    }
}

fn isolation(tokens: &mut Tokens<'_>) -> Result<Isolation, SqlError> {
    let levels: [(&[&str], Isolation); 4] = [
        (&["read", "committed"], Isolation::ReadCommitted),
        (&["read", "uncommitted"], Isolation::ReadUncommitted),
        (&["repeatable", "read"], Isolation::RepeatableRead),
        (&["serializable"], Isolation::Serializable),
    ];
    let found = levels.iter().find(|(words, _)| tokens.words(words));
    found.map(|(_, level)| *level).ok_or_else(|| tokens.unexpected())
}

fn set(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    if tokens.words(&["session", "characteristics", "as", "transaction"]) {
        return modes(tokens).map(Statement::SetCharacteristics);
    }
    if tokens.word("constraints") {
        return constraints(tokens);
    }
    let local = tokens.word("local");
    if !local {
        tokens.word("session");
    }
    if tokens.word("transaction") {
        let mut set = modes(tokens)?;
        if tokens.word("snapshot") {
            set.snapshot = Some(tokens.string()?);
        }
        return Ok(Statement::Transaction(Transaction::Set(set)));
    }
    if tokens.words(&["time", "zone"]) {
        return Ok(Statement::Set { name: "TimeZone".to_owned(), value: zone(tokens)?, local });
    }
    if tokens.word("names") {
        let value = if tokens.rest().is_empty() { SetValue::Default } else { value(tokens)? };
        return Ok(Statement::Set { name: "client_encoding".to_owned(), value, local });
    }
    if tokens.word("authorization") {
        let name = "session_authorization".to_owned();
        return Ok(Statement::Set { name, value: value(tokens)?, local });
    }
    if tokens.word("role") {
        return Ok(Statement::Set { name: "role".to_owned(), value: value(tokens)?, local });
    }
    let name = parameter(tokens)?;
    if !tokens.symbol("=") {
        tokens.expect("to")?;
    }
    Ok(Statement::Set { name, value: value(tokens)?, local })
}

fn zone(tokens: &mut Tokens<'_>) -> Result<SetValue, SqlError> {
    if tokens.word("local") {
        return Ok(SetValue::Default);
    }
    if tokens.word("interval") {
        let text = tokens.string()?;
        tokens.words(&["hour", "to", "minute"]);
        return Ok(SetValue::List(vec![format!("interval '{text}'")]));
    }
    value(tokens)
}

fn constraints(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let names = if tokens.word("all") {
        None
    } else {
        let mut names = vec![tokens.name()?];
        while tokens.symbol(",") {
            names.push(tokens.name()?);
        }
        Some(names)
    };
    let deferred = tokens.word("deferred");
    if !deferred {
        tokens.expect("immediate")?;
    }
    Ok(Statement::SetConstraints { names, deferred })
}

/// A parameter's name, which may have dots.
fn parameter(tokens: &mut Tokens<'_>) -> Result<String, SqlError> {
    let mut name = tokens.name()?;
    while tokens.symbol(".") {
        name = format!("{name}.{}", tokens.name()?);
    }
    Ok(name)
}

fn parameter_or_all(tokens: &mut Tokens<'_>) -> Result<Option<String>, SqlError> {
    let named = [
        (&["all"][..], None),
        (&["time", "zone"], Some("TimeZone")),
        (&["transaction", "isolation", "level"], Some("transaction_isolation")),
        (&["session", "authorization"], Some("session_authorization")),
    ];
    match named.iter().find(|(words, _)| tokens.words(words)) {
        Some((_, name)) => Ok(name.map(str::to_owned)),
        None => parameter(tokens).map(Some),
    }
}

fn value(tokens: &mut Tokens<'_>) -> Result<SetValue, SqlError> {
    if tokens.word("default") {
        return Ok(SetValue::Default);
    }
    let mut values = vec![one_value(tokens)?];
    while tokens.symbol(",") {
        values.push(one_value(tokens)?);
    }
    Ok(SetValue::List(values))
}

fn one_value(tokens: &mut Tokens<'_>) -> Result<String, SqlError> {
    if let Ok(text) = tokens.string() {
        return Ok(text);
    }
    if let Ok(name) = tokens.name() {
        return Ok(name);
    }
    let sign = if tokens.symbol("-") { "-" } else { "" };
    if sign.is_empty() {
        tokens.symbol("+");
    }
    match tokens.peek() {
        Some(Token::Number(digits, _)) => {
            tokens.skip(1);
            Ok(format!("{sign}{digits}"))
        }
        _ => Err(tokens.unexpected()),
    }
}

fn declare(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let name = tokens.name()?;
    let (mut binary, mut scroll) = (false, None);
    loop {
        if tokens.word("binary") {
            binary = true;
        } else if tokens.words(&["no", "scroll"]) {
            scroll = Some(false);
        } else if tokens.word("scroll") {
            scroll = Some(true);
        } else if !tokens.word("insensitive") && !tokens.word("asensitive") {
            break;
        }
    }
    tokens.expect("cursor")?;
    let hold = tokens.words(&["with", "hold"]);
    if !hold {
        tokens.words(&["without", "hold"]);
    }
    tokens.expect("for")?;
    let query = tokens.sqlparser(|parser| parser.parse_query())?;
    Ok(Statement::Declare(Box::new(Cursor { name, binary, scroll, hold, query })))
}

fn fetch(moves: bool, tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let direction = direction(tokens)?;
    if !tokens.word("from") {
        tokens.word("in");
    }
    Ok(Statement::Fetch { direction, cursor: tokens.name()?, moves })
}

fn direction(tokens: &mut Tokens<'_>) -> Result<Direction, SqlError> {
    // A word of these may also be the cursor's name, if nothing follows.
    if tokens.rest().len() == 1 {
        return Ok(Direction::Forward(1));
    }
    let is_count = |tokens: &Tokens<'_>| {
        matches!(tokens.peek(), Some(Token::Number(..))) || tokens.is_symbol("-") || tokens.is_symbol("+")
    };
    if is_count(tokens) {
        return tokens.integer().map(Direction::Forward);
    }
    let one = |words: &[(&str, Direction)], tokens: &mut Tokens<'_>| {
        words.iter().find(|(word, _)| tokens.word(word)).map(|(_, direction)| *direction)
    };
    let words = [
        ("next", Direction::Forward(1)),
        ("prior", Direction::Forward(-1)),
        ("first", Direction::Absolute(1)),
        ("last", Direction::Absolute(-1)),
        ("all", Direction::ForwardAll),
    ];
    if let Some(direction) = one(&words, tokens) {
        return Ok(direction);
    }
    if tokens.word("absolute") {
        return tokens.integer().map(Direction::Absolute);
    }
    if tokens.word("relative") {
        return tokens.integer().map(Direction::Relative);
    }
    let back = tokens.word("backward");
    if back || tokens.word("forward") {
        if tokens.word("all") {
            return Ok(if back { Direction::BackwardAll } else { Direction::ForwardAll });
        }
        let count = if is_count(tokens) { tokens.integer()? } else { 1 };
        return Ok(Direction::Forward(if back { -count } else { count }));
    }
    Ok(Direction::Forward(1))
}

fn prepare(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let name = tokens.name()?;
    let mut types = Vec::new();
    if tokens.symbol("(") {
        loop {
            types.push(tokens.sqlparser(|parser| parser.parse_data_type())?);
            if !tokens.symbol(",") {
                break;
            }
        }
        tokens.expect_symbol(")")?;
    }
    tokens.expect("as")?;
    let start = tokens.here();
    let statement = match tokens.keyword().as_deref() {
        Some("select" | "values" | "table" | "with" | "insert" | "update" | "delete" | "merge") => {
            super::query(tokens)?
        }
        None if tokens.is_symbol("(") => super::query(tokens)?,
        _ => return Err(tokens.unexpected()),
    };
    let statement =
        Box::new(Parsed { statement, range: start..tokens.source().range(tokens.cut()).end, deep: false });
    Ok(Statement::Prepare { name, types, statement })
}

fn execute(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let name = tokens.name()?;
    let mut arguments = Vec::new();
    if tokens.symbol("(") {
        loop {
            arguments.push(tokens.sqlparser(|parser| parser.parse_expr())?);
            if !tokens.symbol(",") {
                break;
            }
        }
        tokens.expect_symbol(")")?;
    }
    Ok(Statement::Execute { name, arguments })
}

fn discard(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let what = ["all", "plans", "sequences", "temporary", "temp"];
    let found = what.iter().find(|word| tokens.word(word)).ok_or_else(|| tokens.unexpected())?;
    let word = if *found == "temporary" { "temp" } else { found };
    Ok(Statement::Discard(word.to_uppercase()))
}

fn lock(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    tokens.word("table");
    let mut tables = Vec::new();
    loop {
        tokens.word("only");
        tables.push(tokens.sqlparser(|parser| parser.parse_object_name(false))?);
        if !tokens.symbol(",") {
            break;
        }
    }
    if tokens.word("in") {
        while !tokens.word("mode") {
            tokens.name()?;
        }
    }
    tokens.word("nowait");
    Ok(Statement::Lock(tables))
}

fn maintain(tag: &'static str, alone: bool, tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    if tokens.symbol("(") {
        while !tokens.symbol(")") {
            tokens.next().ok_or_else(|| tokens.unexpected())?;
        }
    }
    while ["full", "freeze", "verbose", "analyze"].iter().any(|word| tokens.word(word)) {}
    let mut tables = Vec::new();
    while !tokens.rest().is_empty() {
        tables.push(tokens.sqlparser(|parser| parser.parse_object_name(false))?);
        if tokens.symbol("(") {
            while !tokens.symbol(")") {
                tokens.next().ok_or_else(|| tokens.unexpected())?;
            }
        }
        if !tokens.symbol(",") {
            break;
        }
    }
    Ok(Statement::Maintain { tag, tables, alone })
}

fn explain(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    if tokens.symbol("(") {
        while !tokens.symbol(")") {
            tokens.next().ok_or_else(|| tokens.unexpected())?;
        }
    }
    while tokens.word("analyze") || tokens.word("verbose") {}
    let start = tokens.here();
    let statement = super::statement(tokens)?;
    Ok(Statement::Explain(Box::new(Parsed {
        statement,
        range: start..tokens.source().range(tokens.cut()).end,
        deep: false,
    })))
}
