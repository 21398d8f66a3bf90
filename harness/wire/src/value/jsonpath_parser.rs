//! Reads a `jsonpath`.

use super::jsonpath::{Chain, Item, Jsonpath, Operator};
use super::jsonpath_lexer::{Lexer, Token};
use super::{Invalid, jsonb_number, too_deep};

/// How deep a path may be nested: a level of it takes more of the stack than one of other values.
const DEEPEST: usize = 50;

/// The methods without arguments.
#[rustfmt::skip]
const METHODS: [&str; 13] = [
    "abs", "size", "type", "floor", "double", "ceiling", "keyvalue", "bigint", "boolean", "date", "integer", "number",
    "string",
];
/// The methods that take a precision.
const TIME_METHODS: [&str; 4] = ["time", "time_tz", "timestamp", "timestamp_tz"];

/// Reads a path.
pub(crate) fn parse(text: &str) -> Result<Jsonpath, Invalid> {
    let mut lexer = Lexer::new(text);
    let token = lexer.next()?;
    let mut parser = Parser { lexer, token };
    if parser.token == Token::End {
        return Err(Invalid::syntax("jsonpath", text));
    }
    let lax = parser.eat_keyword("lax")? || !parser.eat_keyword("strict")?;
    let (root, _) = parser.joined(0, 0)?;
    if parser.token != Token::End {
        return Err(parser.unexpected());
    }
    check(&root, false, false)?;
    Ok(Jsonpath { lax, root })
}

/// Whether `@` and `last` stand only where they mean something.
fn check(chain: &[Item], in_filter: bool, in_subscript: bool) -> Result<(), Invalid> {
    let error = |message: &str| Err(Invalid::new("42601", message));
    let inner = |chain: &Chain| check(chain, in_filter, in_subscript);
    for item in chain {
        match item {
            Item::Current if !in_filter => return error("@ is not allowed in root expressions"),
            Item::Last if !in_subscript => return error("LAST is allowed only in array subscripts"),
            Item::Binary(_, left, right) => {
                inner(left)?;
                inner(right)?;
            }
            Item::Sign(_, operand) | Item::LikeRegex { operand, .. } => inner(operand)?,
            Item::Not(operand) | Item::IsUnknown(operand) | Item::Exists(operand) => inner(operand)?,
            Item::Filter(predicate) => check(predicate, true, in_subscript)?,
            Item::Elements(ranges) => {
                for chain in ranges.iter().flat_map(|(from, to)| std::iter::once(from).chain(to)) {
                    check(chain, in_filter, true)?;
                }
            }
            Item::Null
            | Item::Bool(_)
            | Item::Number(_)
            | Item::String(_)
            | Item::Variable(_)
            | Item::Root
            | Item::Current
            | Item::Last
            | Item::Key(_)
            | Item::AnyKey
            | Item::AnyElement
            | Item::Levels(..)
            | Item::Method(..) => {}
        }
    }
    Ok(())
}

/// What something read is: the grammar keeps the two apart.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Expression,
    Predicate,
}

/// Reads items from tokens, of which it looks at one.
struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token,
}

impl Parser<'_> {
    fn unexpected(&self) -> Invalid {
        self.lexer.error("syntax error")
    }

    fn advance(&mut self) -> Result<Token, Invalid> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.token, next))
    }

    fn at(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(found) if found == symbol)
    }

    fn eat(&mut self, symbol: &str) -> Result<bool, Invalid> {
        let found = self.at(symbol);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn expect(&mut self, symbol: &str) -> Result<(), Invalid> {
        if self.eat(symbol)? { Ok(()) } else { Err(self.unexpected()) }
    }

    fn keyword(&self) -> Option<&'static str> {
        if let Token::Word(_, keyword) = self.token { keyword } else { None }
    }

    fn eat_keyword(&mut self, keyword: &str) -> Result<bool, Invalid> {
        let found = self.keyword() == Some(keyword);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn string(&mut self) -> Result<String, Invalid> {
        let Token::String(text) = &self.token else { return Err(self.unexpected()) };
        let text = text.clone();
        self.advance()?;
        Ok(text)
    }

    /// The operator that the token is, if it is one of two sides.
    fn operator(&self) -> Option<Operator> {
        let Token::Symbol(symbol) = self.token else {
            return (self.keyword() == Some("starts")).then_some(Operator::StartsWith);
        };
        Some(match symbol {
            "||" => Operator::Or,
            "&&" => Operator::And,
            "==" => Operator::Equal,
            "!=" | "<>" => Operator::NotEqual,
            "<" => Operator::Less,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::Greater,
            ">=" => Operator::GreaterOrEqual,
            "+" => Operator::Add,
            "-" => Operator::Subtract,
            "*" => Operator::Multiply,
            "/" => Operator::Divide,
            "%" => Operator::Modulo,
            _ => return None,
        })
    }

    /// Reads operands and the operators between them, that bind at least so tightly.
    fn joined(&mut self, least: u8, depth: usize) -> Result<(Chain, Kind), Invalid> {
        let (mut left, mut kind) = self.operand(least, depth)?;
        // Each operator puts what is before it one deeper.
        for deeper in depth + 1..=DEEPEST {
            if kind == Kind::Expression && least <= COMPARISON && self.keyword() == Some("like_regex") {
                (left, kind) = (vec![self.like_regex(left)?], Kind::Predicate);
                continue;
            }
            let Some(operator) = self.operator() else { return Ok((left, kind)) };
            let logical = matches!(operator, Operator::And | Operator::Or);
            let wanted = if logical { Kind::Predicate } else { Kind::Expression };
            if operator.priority() < least || kind != wanted {
                return Ok((left, kind));
            }
            self.advance()?;
            let right = if operator == Operator::StartsWith {
                self.initial()?
            } else {
                let (right, kind) = self.joined(operator.priority() + 1, deeper)?;
                if kind != wanted {
                    return Err(self.unexpected());
                }
                right
            };
            left = vec![Item::Binary(operator, left, right)];
            kind = if operator.priority() <= COMPARISON { Kind::Predicate } else { Kind::Expression };
        }
        Err(too_deep())
    }

    /// Reads what follows `starts`.
    fn initial(&mut self) -> Result<Chain, Invalid> {
        if !self.eat_keyword("with")? {
            return Err(self.unexpected());
        }
        if !matches!(self.token, Token::String(_) | Token::Variable(_)) {
            return Err(self.unexpected());
        }
        self.primary().map(|item| vec![item])
    }

    fn like_regex(&mut self, operand: Chain) -> Result<Item, Invalid> {
        self.advance()?;
        let pattern = self.string()?;
        let mut flags = String::new();
        if self.eat_keyword("flag")? {
            let Token::String(given) = &self.token else { return Err(self.unexpected()) };
            flags = regex_flags(given)?;
            self.advance()?;
        }
        Ok(Item::LikeRegex { operand, pattern, flags })
    }

    /// Reads what stands between operators, of which the one before binds so tightly.
    fn operand(&mut self, least: u8, depth: usize) -> Result<(Chain, Kind), Invalid> {
        if depth >= DEEPEST {
            return Err(too_deep());
        }
        let may_be_predicate = least <= COMPARISON;
        if self.at("!") && may_be_predicate {
            self.advance()?;
            let predicate = self.delimited_predicate(depth)?;
            return Ok((vec![Item::Not(predicate)], Kind::Predicate));
        }
        if self.keyword() == Some("exists") && may_be_predicate {
            return Ok((self.delimited_predicate(depth)?, Kind::Predicate));
        }
        for sign in ['+', '-'] {
            if self.eat(sign.encode_utf8(&mut [0; 4]))? {
                let (operand, kind) = self.operand(SIGNED, depth + 1)?;
                let item = signed(sign, operand);
                return if kind == Kind::Expression {
                    Ok((vec![item], kind))
                } else {
                    Err(self.unexpected())
                };
            }
        }
        if !self.at("(") {
            let first = self.primary()?;
            return Ok((self.steps(vec![first], depth)?, Kind::Expression));
        }
        self.advance()?;
        let (inner, kind) = self.joined(0, depth + 1)?;
        self.expect(")")?;
        if self.at(".") || self.at("[") || self.at("?") {
            return Ok((self.steps(inner, depth)?, Kind::Expression));
        }
        if kind == Kind::Predicate && may_be_predicate && self.eat_keyword("is")? {
            let unknown = self.eat_keyword("unknown")?;
            return if unknown { Ok((vec![Item::IsUnknown(inner)], kind)) } else { Err(self.unexpected()) };
        }
        Ok((inner, kind))
    }

    /// Reads `(predicate)` or `exists (expression)`.
    fn delimited_predicate(&mut self, depth: usize) -> Result<Chain, Invalid> {
        let exists = self.eat_keyword("exists")?;
        self.expect("(")?;
        let (inner, kind) = self.joined(if exists { COMPARISON + 1 } else { 0 }, depth + 1)?;
        if kind != if exists { Kind::Expression } else { Kind::Predicate } {
            return Err(self.unexpected());
        }
        self.expect(")")?;
        Ok(if exists { vec![Item::Exists(inner)] } else { inner })
    }

    /// Reads what a path starts with.
    fn primary(&mut self) -> Result<Item, Invalid> {
        let item = match &self.token {
            Token::String(text) => Item::String(text.clone()),
            Token::Variable(name) => Item::Variable(name.clone()),
            Token::Integer(..) | Token::Decimal(_) => Item::Number(self.number()?),
            Token::Symbol("$") => Item::Root,
            Token::Symbol("@") => Item::Current,
            Token::Word(_, Some("null")) => Item::Null,
            Token::Word(_, Some("true")) => Item::Bool(true),
            Token::Word(_, Some("false")) => Item::Bool(false),
            Token::Word(_, Some("last")) => Item::Last,
            Token::Symbol(_) | Token::Word(..) | Token::End => return Err(self.unexpected()),
        };
        self.advance()?;
        Ok(item)
    }

    /// The number that the token is.
    fn number(&self) -> Result<String, Invalid> {
        match &self.token {
            Token::Integer(digits, 10) | Token::Decimal(digits) => jsonb_number::canonical(digits),
            Token::Integer(digits, radix) => jsonb_number::canonical(&in_decimal(digits, *radix)),
            _ => Err(self.unexpected()),
        }
    }

    /// Reads the steps from an item.
    fn steps(&mut self, mut chain: Chain, depth: usize) -> Result<Chain, Invalid> {
        loop {
            if self.eat(".")? {
                chain.push(self.member()?);
            } else if self.eat("[")? {
                chain.push(self.elements(depth)?);
            } else if self.eat("?")? {
                self.expect("(")?;
                let (predicate, kind) = self.joined(0, depth + 1)?;
                if kind != Kind::Predicate {
                    return Err(self.unexpected());
                }
                self.expect(")")?;
                chain.push(Item::Filter(predicate));
            } else {
                return Ok(chain);
            }
        }
    }

    /// Reads what follows a point.
    fn member(&mut self) -> Result<Item, Invalid> {
        if self.eat("*")? {
            return Ok(Item::AnyKey);
        }
        if self.eat("**")? {
            return self.levels();
        }
        let keyword = self.keyword();
        let (Token::Word(name, _) | Token::String(name)) = &self.token else { return Err(self.unexpected()) };
        let name = name.clone();
        self.advance()?;
        match keyword {
            Some(method) if self.at("(") => self.method(method),
            _ => Ok(Item::Key(name)),
        }
    }

    fn levels(&mut self) -> Result<Item, Invalid> {
        if !self.eat("{")? {
            return Ok(Item::Levels(Some(0), None));
        }
        let first = self.level()?;
        let last = if self.eat_keyword("to")? { self.level()? } else { first };
        self.expect("}")?;
        Ok(Item::Levels(first, last))
    }

    fn level(&mut self) -> Result<Option<i32>, Invalid> {
        if self.eat_keyword("last")? {
            return Ok(None);
        }
        if !matches!(self.token, Token::Integer(..)) {
            return Err(self.unexpected());
        }
        let number = self.number()?;
        let level = number.parse().map_err(|_| Invalid::range("integer", &number))?;
        self.advance()?;
        Ok(Some(level))
    }

    /// Reads the arguments of a method, at whose parenthesis it is.
    fn method(&mut self, name: &'static str) -> Result<Item, Invalid> {
        let known = METHODS.contains(&name) || TIME_METHODS.contains(&name);
        if !known && !matches!(name, "decimal" | "datetime") {
            return Err(self.unexpected());
        }
        self.expect("(")?;
        let mut arguments = Vec::new();
        if name == "decimal" && !self.at(")") {
            arguments.push(self.signed_integer()?);
            while self.eat(",")? {
                arguments.push(self.signed_integer()?);
            }
        }
        let string = name == "datetime" && matches!(self.token, Token::String(_));
        let precision = TIME_METHODS.contains(&name) && matches!(self.token, Token::Integer(..));
        if string || precision {
            arguments.push(self.primary()?);
        }
        self.expect(")")?;
        if arguments.len() > 2 {
            let error = Invalid::new("42601", "invalid input syntax for type jsonpath");
            return Err(error.detail(".decimal() can only have an optional precision[,scale]."));
        }
        Ok(Item::Method(name, arguments))
    }

    fn signed_integer(&mut self) -> Result<Item, Invalid> {
        let sign = if self.eat("-")? {
            '-'
        } else {
            self.eat("+")?;
            '+'
        };
        if !matches!(self.token, Token::Integer(..)) {
            return Err(self.unexpected());
        }
        Ok(signed(sign, vec![self.primary()?]))
    }

    /// Reads what stands in brackets.
    fn elements(&mut self, depth: usize) -> Result<Item, Invalid> {
        if self.eat("*")? {
            self.expect("]")?;
            return Ok(Item::AnyElement);
        }
        let mut ranges = Vec::new();
        loop {
            let from = self.subscript(depth)?;
            let to = if self.eat_keyword("to")? { Some(self.subscript(depth)?) } else { None };
            ranges.push((from, to));
            if !self.eat(",")? {
                break;
            }
        }
        self.expect("]")?;
        Ok(Item::Elements(ranges))
    }

    fn subscript(&mut self, depth: usize) -> Result<Chain, Invalid> {
        let (chain, kind) = self.joined(COMPARISON + 1, depth + 1)?;
        if kind == Kind::Expression { Ok(chain) } else { Err(self.unexpected()) }
    }
}

/// How tightly comparisons bind: what binds less makes predicates.
const COMPARISON: u8 = 2;
/// How tightly a sign binds: more than all operators of two sides.
const SIGNED: u8 = 5;

/// What a sign makes of an operand; a number takes it.
fn signed(sign: char, mut operand: Chain) -> Item {
    match operand.as_mut_slice() {
        [Item::Number(number)] => {
            let is_zero = !number.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
            Item::Number(match number.strip_prefix('-') {
                _ if sign == '+' || is_zero => std::mem::take(number),
                Some(positive) => positive.to_owned(),
                None => format!("-{number}"),
            })
        }
        _ => Item::Sign(sign, operand),
    }
}

/// The flags of a regular expression, in PostgreSQL's order.
fn regex_flags(given: &str) -> Result<String, Invalid> {
    if let Some(unknown) = given.chars().find(|c| !"ismxq".contains(*c)) {
        let error = Invalid::new("42601", "invalid input syntax for type jsonpath");
        let detail = format!("Unrecognized flag character \"{unknown}\" in LIKE_REGEX predicate.");
        return Err(error.detail(detail));
    }
    if given.contains('x') && !given.contains('q') {
        let message = "XQuery \"x\" flag (expanded regular expressions) is not implemented";
        return Err(Invalid::new("0A000", message));
    }
    Ok("ismxq".chars().filter(|flag| given.contains(*flag)).collect())
}

/// Digits of another base in decimal, however many.
fn in_decimal(digits: &str, radix: u32) -> String {
    // The lowest first.
    let mut decimal = vec![0u32];
    for mut carry in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        for place in &mut decimal {
            let value = *place * radix + carry;
            (*place, carry) = (value % 10, value / 10);
        }
        while carry > 0 {
            decimal.push(carry % 10);
            carry /= 10;
        }
    }
    decimal.iter().rev().filter_map(|digit| char::from_digit(*digit, 10)).collect()
}
