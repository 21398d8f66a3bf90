//! How deep a statement's tree may become, told from its tokens: `sqlparser` bounds brackets itself, but not chains such as
//! `1 + 1 + 1`, of which each operator is a level.

use crate::engine::SqlError;
use crate::postgresql::meter::too_deep;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan};

/// The deepest tree that is taken.
const DEEPEST: usize = 1000;

/// The deepest tree that a thread's own stack will do for.
const SHALLOW: usize = 30;

/// What stands between two brackets.
#[derive(Default)]
struct Group {
    /// The operators since the last comma.
    chain: usize,
    /// The deepest group since then.
    inner: usize,
    /// The deepest of the parts before.
    before: usize,
    /// It is the list of FROM, whose commas are joins.
    from: bool,
    /// It is CASE.
    case: bool,
}

impl Group {
    fn depth(&self) -> usize {
        self.before.max(self.chain + self.inner)
    }

    fn part(&mut self) {
        self.before = self.depth();
        (self.chain, self.inner) = (0, 0);
    }
}

/// Refuses tokens that would become too deep a tree; says whether it needs more than a thread's own stack.
pub(crate) fn check(tokens: &[TokenWithSpan]) -> Result<bool, SqlError> {
    match depth(tokens) {
        depth if depth > DEEPEST => Err(too_deep()),
        depth => Ok(depth > SHALLOW),
    }
}

/// How many levels the tree has at most.
pub(crate) fn depth(tokens: &[TokenWithSpan]) -> usize {
    let mut groups: Vec<Group> = Vec::new();
    let mut group = Group::default();
    let close = |group: &mut Group, groups: &mut Vec<Group>| {
        let outer = groups.pop().unwrap_or_default();
        let inner = std::mem::replace(group, outer);
        group.inner = group.inner.max(inner.depth() + 1);
    };
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                group.chain += usize::from(!matches!(token.token, Token::LParen));
                groups.push(std::mem::take(&mut group));
            }
            Token::RParen | Token::RBracket | Token::RBrace => close(&mut group, &mut groups),
            Token::Comma if !group.from => group.part(),
            Token::SemiColon => group.part(),
            Token::Word(word) => match word.keyword {
                Keyword::CASE => {
                    groups.push(std::mem::take(&mut group));
                    group.case = true;
                }
                Keyword::END if group.case => close(&mut group, &mut groups),
                Keyword::WHEN if group.case => group.part(),
                Keyword::FROM => group.from = true,
                Keyword::WHERE
                | Keyword::GROUP
                | Keyword::HAVING
                | Keyword::ORDER
                | Keyword::LIMIT
                | Keyword::RETURNING
                | Keyword::SELECT
                | Keyword::SET
                | Keyword::VALUES => group.from = false,
                Keyword::AND
                | Keyword::AT
                | Keyword::BETWEEN
                | Keyword::COLLATE
                | Keyword::EXCEPT
                | Keyword::ILIKE
                | Keyword::IN
                | Keyword::INTERSECT
                | Keyword::IS
                | Keyword::JOIN
                | Keyword::LIKE
                | Keyword::NOT
                | Keyword::NOTNULL
                | Keyword::OR
                | Keyword::SIMILAR
                | Keyword::UNION => group.chain += 1,
                _ => {}
            },
            Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::Placeholder(_)
            | Token::Period
            | Token::Whitespace(_)
            | Token::EOF => {}
            _ => group.chain += 1,
        }
    }
    while !groups.is_empty() {
        close(&mut group, &mut groups);
    }
    group.depth()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlparser::dialect::PostgreSqlDialect;
    use sqlparser::tokenizer::Tokenizer;

    fn of(sql: &str) -> usize {
        depth(&Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize_with_location().unwrap())
    }

    #[test]
    fn chains_and_brackets_make_a_tree_deeper_and_lists_do_not() {
        for (sql, depth) in [
            ("SELECT 1", 0),
            ("SELECT 1 + 1 - 1", 2),
            ("SELECT 1 + 1, 2 + 2, 3", 1),
            ("SELECT ((1))", 2),
            ("SELECT 1 + (2 * (3 - 4))", 5),
            ("VALUES (1, 2), (3, 4)", 1),
            ("SELECT a::int::text IS NULL", 3),
            ("SELECT 1 FROM a, b, c WHERE f(1, 2)", 3),
            ("SELECT CASE WHEN a = 1 THEN 1 WHEN a = 2 THEN 2 END + 1", 3),
            ("SELECT 1 WHERE a = 1 OR a = 2 OR a = 3", 5),
        ] {
            assert_eq!(of(sql), depth, "{sql}");
        }
    }

    #[test]
    fn what_is_too_deep_is_refused() {
        let chain = format!("SELECT 1{}", " + 1".repeat(DEEPEST + 1));
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, &chain).tokenize_with_location().unwrap();
        assert_eq!(check(&tokens).unwrap_err().code, "54001");
    }
}
