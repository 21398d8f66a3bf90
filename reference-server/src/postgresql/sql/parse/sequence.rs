//! CREATE SEQUENCE, whose options `sqlparser` wants in one order only.

use super::tokens::Tokens;
use crate::engine::SqlError;
use sqlparser::ast::{self, SequenceOptions};

/// From CREATE on; nothing, if this is no CREATE SEQUENCE.
pub(super) fn parse(tokens: &mut Tokens<'_>) -> Result<Option<ast::Statement>, SqlError> {
    let heads: [(&[&str], bool); 3] = [
        (&["create", "sequence"], false),
        (&["create", "temp", "sequence"], true),
        (&["create", "temporary", "sequence"], true),
    ];
    let Some((_, temporary)) = heads.into_iter().find(|(words, _)| tokens.words(words)) else {
        return Ok(None);
    };
    let if_not_exists = tokens.words(&["if", "not", "exists"]);
    let name = tokens.sqlparser(|parser| parser.parse_object_name(false))?;
    let (mut data_type, mut owned_by, mut sequence_options) = (None, None, Vec::new());
    while !tokens.rest().is_empty() {
        if tokens.word("as") {
            data_type = Some(tokens.sqlparser(|parser| parser.parse_data_type())?);
        } else if tokens.words(&["owned", "by"]) {
            owned_by = Some(tokens.sqlparser(|parser| parser.parse_object_name(false))?);
        } else {
            sequence_options.push(option(tokens)?);
        }
    }
    Ok(Some(ast::Statement::CreateSequence {
        temporary,
        if_not_exists,
        name,
        data_type,
        sequence_options,
        owned_by,
    }))
}

fn option(tokens: &mut Tokens<'_>) -> Result<SequenceOptions, SqlError> {
    if tokens.word("increment") {
        let by = tokens.word("by");
        number(tokens).map(|value| SequenceOptions::IncrementBy(value, by))
    } else if tokens.word("start") {
        let with = tokens.word("with");
        number(tokens).map(|value| SequenceOptions::StartWith(value, with))
    } else if tokens.word("minvalue") {
        number(tokens).map(|value| SequenceOptions::MinValue(Some(value)))
    } else if tokens.word("maxvalue") {
        number(tokens).map(|value| SequenceOptions::MaxValue(Some(value)))
    } else if tokens.words(&["no", "minvalue"]) {
        Ok(SequenceOptions::MinValue(None))
    } else if tokens.words(&["no", "maxvalue"]) {
        Ok(SequenceOptions::MaxValue(None))
    } else if tokens.word("cache") {
        number(tokens).map(SequenceOptions::Cache)
    } else if tokens.words(&["no", "cycle"]) {
        Ok(SequenceOptions::Cycle(true))
    } else if tokens.word("cycle") {
        Ok(SequenceOptions::Cycle(false))
    } else {
        Err(tokens.unexpected())
    }
}

fn number(tokens: &mut Tokens<'_>) -> Result<ast::Expr, SqlError> {
    let number = tokens.integer()?;
    Ok(ast::Expr::value(ast::Value::Number(number.to_string(), false)))
}
