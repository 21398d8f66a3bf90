//! What PostgreSQL writes and `sqlparser` does not know, spelt as it does know it. Nobody can write these names: they have
//! a zero byte.

use sqlparser::tokenizer::{Token, TokenWithSpan};

/// What CURRENT OF is spelt as: this "column" equal to the cursor's name.
pub(crate) const CURRENT_OF: &str = "\0current of";

/// What the star of `(row).*` is spelt as: a field of this name.
pub(crate) const ALL_FIELDS: &str = "\0*";

/// What a select list without columns is spelt as: a column of this name.
pub(crate) const NO_COLUMNS: &str = "\0nothing";

/// The tokens for `sqlparser`, and the places in them of those that were added.
pub(super) fn respell(tokens: &[TokenWithSpan]) -> (Vec<TokenWithSpan>, Vec<usize>) {
    let (mut out, mut added) = (Vec::with_capacity(tokens.len()), Vec::new());
    for (at, token) in tokens.iter().enumerate() {
        let (before, behind) = tokens.split_at(at);
        if is_any(token, &["for"]) && locks_at_once(before, &behind[1..]) {
            for word in ["LIMIT", "ALL"] {
                added.push(out.len());
                out.push(TokenWithSpan { token: Token::make_word(word, None), span: token.span });
            }
        }
        if is_any(token, &["table"]) && begins_query(before) {
            // TABLE, of which `sqlparser` does not tell where the name stands, is SELECT * FROM.
            let spelt = [Token::make_word("SELECT", None), Token::Mul, Token::make_word("FROM", None)];
            added.extend([out.len(), out.len() + 1]);
            out.extend(spelt.map(|spelt| TokenWithSpan { token: spelt, span: token.span }));
            continue;
        }
        let marker = |name| TokenWithSpan { token: Token::make_word(name, Some('"')), span: token.span };
        out.push(match (before, &token.token) {
            ([.., first, second], Token::Mul)
                if (&first.token, &second.token) == (&Token::RParen, &Token::Period) =>
            {
                marker(ALL_FIELDS)
            }
            ([.., first], _)
                if is_any(first, &["where"])
                    && is_any(token, &["current"])
                    && behind.get(1).is_some_and(|next| is_any(next, &["of"])) =>
            {
                marker(CURRENT_OF)
            }
            ([.., first, second], _)
                if is_any(first, &["where"]) && is_any(second, &["current"]) && is_any(token, &["of"]) =>
            {
                TokenWithSpan { token: Token::Eq, span: token.span }
            }
            _ => token.clone(),
        });
        if is_any(token, &["select"]) && ends_list(behind.get(1)) {
            added.push(out.len());
            out.push(marker(NO_COLUMNS));
        }
    }
    (out, added)
}

/// SQL as it was meant.
pub(crate) fn restored(sql: &str) -> String {
    sql.replace(&format!("\"{ALL_FIELDS}\""), "*").replace(&format!("\"{NO_COLUMNS}\""), "")
}

fn is_any(token: &TokenWithSpan, words: &[&str]) -> bool {
    let Token::Word(own) = &token.token else { return false };
    own.quote_style.is_none() && words.iter().any(|word| own.value.eq_ignore_ascii_case(word))
}

/// Whether a query may begin behind these tokens.
fn begins_query(before: &[TokenWithSpan]) -> bool {
    before.last().is_none_or(|last| {
        let words = ["union", "intersect", "except", "all", "distinct", "as"];
        matches!(last.token, Token::LParen | Token::RParen) || is_any(last, &words)
    })
}

/// Whether what follows SELECT is not the select list. (FROM, `sqlparser` knows.)
fn ends_list(token: Option<&TokenWithSpan>) -> bool {
    const CLAUSES: [&str; 12] = [
        "into",
        "where",
        "group",
        "having",
        "order",
        "limit",
        "offset",
        "fetch",
        "for",
        "union",
        "intersect",
        "except",
    ];
    token.is_none_or(|token| {
        matches!(token.token, Token::RParen | Token::SemiColon) || is_any(token, &CLAUSES)
    })
}

/// Whether a FOR begins a locking clause right behind a select list: `sqlparser` takes it for an alias there.
fn locks_at_once(before: &[TokenWithSpan], behind: &[TokenWithSpan]) -> bool {
    if !behind.first().is_some_and(|next| is_any(next, &["update", "share"])) {
        return false;
    }
    let mut depth = 0_usize;
    for token in before.iter().rev() {
        match token.token {
            Token::RParen => depth += 1,
            Token::LParen if depth == 0 => return false,
            Token::LParen => depth -= 1,
            _ if depth > 0 => {}
            _ if is_any(token, &["select"]) => return true,
            _ if is_any(
                token,
                &["from", "where", "group", "having", "order", "limit", "offset", "fetch"],
            ) =>
            {
                return false;
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlparser::dialect::PostgreSqlDialect;
    use sqlparser::tokenizer::Tokenizer;

    #[test]
    fn what_sqlparser_does_not_know_is_spelt_as_it_does() {
        let table = [
            ("SELECT a FROM t", "SELECT a FROM t"),
            ("SELECT WHERE b", "SELECT \"\0nothing\" WHERE b"),
            ("(SELECT)", "( SELECT \"\0nothing\" )"),
            ("SELECT (r).*", "SELECT ( r ) . \"\0*\""),
            ("SELECT 1 FOR UPDATE", "SELECT 1 LIMIT ALL FOR UPDATE"),
            ("SELECT 1 FROM t FOR UPDATE", "SELECT 1 FROM t FOR UPDATE"),
            ("SELECT 1 FROM (SELECT 1 FOR SHARE) x", "SELECT 1 FROM ( SELECT 1 LIMIT ALL FOR SHARE ) x"),
            ("TABLE t UNION TABLE u", "SELECT * FROM t UNION SELECT * FROM u"),
            ("CREATE TABLE t AS TABLE u", "CREATE TABLE t AS SELECT * FROM u"),
            ("DELETE FROM t WHERE CURRENT OF c", "DELETE FROM t WHERE \"\0current of\" = c"),
        ];
        for (written, spelt) in table {
            let tokens = Tokenizer::new(&PostgreSqlDialect {}, written).tokenize_with_location();
            let mut tokens = tokens.expect("these are tokens");
            tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
            let (out, added) = respell(&tokens);
            let words: Vec<String> = out.iter().map(|token| token.token.to_string()).collect();
            assert_eq!(words.join(" "), spelt, "{written}");
            assert_eq!(out.len() - added.len(), tokens.len(), "{written}");
        }
    }
}
