//! `tsquery`: what text search looks for.

use std::cmp::Ordering;

use super::ts_word::{self, WordReader, space};
use super::tsvector::LONGEST;
use super::{DEEPEST, Form, Invalid, Reader, Style, too_deep};

/// What text search looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tsquery {
    /// What it is made of, or nothing: a query without words.
    root: Option<Node>,
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    /// A word.
    Word {
        text: String,
        /// The weights it may have: 8 is A, 4 is B, 2 is C and 1 is D; all where there are none.
        weights: u8,
        /// Whether it is the start of a word only.
        prefix: bool,
    },
    /// That the part is not there.
    Not(Box<Node>),
    /// Both parts, in the order they are written.
    Both(Operator, Box<(Node, Node)>),
}

/// What joins two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    And,
    Or,
    /// One behind the other, so far from it.
    Phrase(i16),
}

impl Operator {
    fn number(self) -> u8 {
        match self {
            Self::And => 2,
            Self::Or => 3,
            Self::Phrase(_) => 4,
        }
    }

    fn priority(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Phrase(_) => 3,
        }
    }
}

const NOT: u8 = 1;
const NOT_PRIORITY: u8 = 4;

impl Tsquery {
    /// The order of PostgreSQL's `<`, which is none of language.
    pub fn compare(&self, other: &Self) -> Ordering {
        let size = |query: &Self| query.root.as_ref().map_or((0, 0), size);
        size(self).cmp(&size(other)).then_with(|| match (&self.root, &other.root) {
            (Some(a), Some(b)) => compare_nodes(a, b),
            _ => Ordering::Equal,
        })
    }

    /// How many words and operators it has.
    pub fn node_count(&self) -> usize {
        self.root.as_ref().map_or(0, |root| size(root).0)
    }
}

/// How many nodes there are, and how many bytes their words take.
fn size(node: &Node) -> (usize, usize) {
    match node {
        Node::Word { text, .. } => (1, text.len() + 1),
        Node::Not(inner) => {
            let (nodes, bytes) = size(inner);
            (nodes + 1, bytes)
        }
        Node::Both(_, parts) => {
            let (left, right) = (size(&parts.0), size(&parts.1));
            (left.0 + right.0 + 1, left.1 + right.1)
        }
    }
}

/// Operators come before words, the one with the greater number first, and words by the checksum PostgreSQL keeps of them.
fn compare_nodes(a: &Node, b: &Node) -> Ordering {
    let kind = |node: &Node| match node {
        Node::Word { .. } => 0,
        Node::Not(_) => NOT,
        Node::Both(operator, _) => operator.number(),
    };
    match (a, b) {
        (Node::Word { text: a, .. }, Node::Word { text: b, .. }) => {
            checksum(b).cmp(&checksum(a)).then_with(|| a.as_bytes().cmp(b.as_bytes()))
        }
        (Node::Not(a), Node::Not(b)) => compare_nodes(a, b),
        (Node::Both(one, a), Node::Both(other, b)) if one.number() == other.number() => {
            let distance = match (one, other) {
                (Operator::Phrase(one), Operator::Phrase(other)) => other.cmp(one),
                _ => Ordering::Equal,
            };
            compare_nodes(&a.1, &b.1).then_with(|| compare_nodes(&a.0, &b.0)).then(distance)
        }
        _ => kind(b).cmp(&kind(a)),
    }
}

/// The checksum of a word: a CRC-32 whose table is for bits in the other order, kept so by PostgreSQL for what is stored.
fn checksum(text: &str) -> i32 {
    let table = |index: u32| {
        (0..8).fold(index, |value, _| if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 })
    };
    let sum = text.bytes().fold(u32::MAX, |sum, byte| table(sum >> 24 ^ u32::from(byte)) ^ sum << 8);
    (!sum).cast_signed()
}

impl Form for Tsquery {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut parser = Parser { whole: text, rest: text, first: true };
        let root = parser.query(0)?;
        Ok(Self { root })
    }

    fn output(&self, _: &Style<'_>) -> String {
        let mut out = String::new();
        if let Some(root) = &self.root {
            write(root, 0, false, &mut out);
        }
        out
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let count = bytes.array().map(u32::from_be_bytes)?;
        // As many as fit in a gigabyte.
        if count > 0x3fff_ffff / 12 {
            return Err(error("invalid size of tsquery"));
        }
        let (mut items, mut length) = (Vec::new(), 0);
        for left in (0..count).rev() {
            items.push(receive_item(bytes, left, &mut length)?);
        }
        // A query without words can be sent, but as PostgreSQL has it, not received.
        let mut items = items.into_iter();
        let root = tree(&mut items, 0)?;
        if items.next().is_some() {
            return Err(error("malformed tsquery: extra nodes"));
        }
        Ok(Self { root: Some(root) })
    }

    fn send(&self, out: &mut Vec<u8>) {
        // The number came from an Int32, or from a text that is shorter than that.
        out.extend(u32::try_from(self.node_count()).unwrap_or(u32::MAX).to_be_bytes());
        if let Some(root) = &self.root {
            send(root, out);
        }
    }
}

/// Writes a part in binary: operators first, and of two parts the right one first.
fn send(node: &Node, out: &mut Vec<u8>) {
    match node {
        Node::Word { text, weights, prefix } => {
            out.extend([WORD, *weights, u8::from(*prefix)]);
            out.extend(text.as_bytes());
            out.push(0);
        }
        Node::Not(inner) => {
            out.extend([OPERATOR, NOT]);
            send(inner, out);
        }
        Node::Both(operator, parts) => {
            out.extend([OPERATOR, operator.number()]);
            if let Operator::Phrase(distance) = operator {
                out.extend(distance.to_be_bytes());
            }
            send(&parts.1, out);
            send(&parts.0, out);
        }
    }
}

const WORD: u8 = 1;
const OPERATOR: u8 = 2;

fn error(message: impl Into<String>) -> Invalid {
    Invalid::new("XX000", message)
}

/// A part as it stands in binary, without the parts inside it.
enum Item {
    Word(Node),
    Not,
    Both(Operator),
}

/// Reads a part in binary, behind which so many are left. `length` is how long all words are.
fn receive_item(bytes: &mut Reader<'_>, left: u32, length: &mut usize) -> Result<Item, Invalid> {
    let kind = bytes.array()?;
    match kind {
        [WORD] => receive_word(bytes, length).map(Item::Word),
        [OPERATOR] => {
            let [number] = bytes.array()?;
            if !(NOT..=4).contains(&number) {
                let number = number.cast_signed();
                return Err(error(format!("invalid tsquery: unrecognized operator type {number}")));
            }
            if left == 0 {
                return Err(error("invalid pointer to right operand"));
            }
            Ok(match number {
                NOT => Item::Not,
                2 => Item::Both(Operator::And),
                3 => Item::Both(Operator::Or),
                _ => Item::Both(Operator::Phrase(bytes.i16()?)),
            })
        }
        [other] => Err(error(format!("unrecognized tsquery node type: {}", other.cast_signed()))),
    }
}

fn receive_word(bytes: &mut Reader<'_>, length: &mut usize) -> Result<Node, Invalid> {
    let [weights] = bytes.array()?;
    let [prefix] = bytes.array()?;
    let text = ts_word::receive_text(bytes)?;
    if weights > 0xf {
        return Err(error("invalid tsquery: invalid weight bitmap"));
    }
    if text.len() > ts_word::LONGEST + 1 {
        return Err(error("invalid tsquery: operand too long"));
    }
    if *length > LONGEST {
        return Err(error("invalid tsquery: total operand length exceeded"));
    }
    *length += text.len() + 1;
    Ok(Node::Word { text, weights, prefix: prefix != 0 })
}

/// Puts parts together: inside an operator are those behind it, the right one first.
fn tree(items: &mut impl Iterator<Item = Item>, depth: usize) -> Result<Node, Invalid> {
    if depth > DEEPEST {
        return Err(too_deep());
    }
    match items.next().ok_or_else(|| error("malformed tsquery: operand not found"))? {
        Item::Word(word) => Ok(word),
        Item::Not => Ok(Node::Not(Box::new(tree(items, depth + 1)?))),
        Item::Both(operator) => {
            let right = tree(items, depth + 1)?;
            let left = tree(items, depth + 1)?;
            Ok(Node::Both(operator, Box::new((left, right))))
        }
    }
}

/// Writes a part as text, in parentheses where what is around it binds as tightly. `behind` is whether it is the right part
/// of a phrase, whose order matters.
fn write(node: &Node, around: u8, behind: bool, out: &mut String) {
    match node {
        Node::Word { text, weights, prefix } => {
            out.push_str(&ts_word::quoted(text));
            if *weights != 0 || *prefix {
                out.push(':');
            }
            let marks = [(*prefix, '*'), (weights & 8 != 0, 'A'), (weights & 4 != 0, 'B')];
            let more = [(weights & 2 != 0, 'C'), (weights & 1 != 0, 'D')];
            out.extend(marks.iter().chain(&more).filter(|(set, _)| *set).map(|(_, mark)| *mark));
        }
        Node::Not(inner) => {
            out.push('!');
            write(inner, NOT_PRIORITY, false, out);
        }
        Node::Both(operator, parts) => {
            let is_phrase = matches!(operator, Operator::Phrase(_));
            let parentheses = operator.priority() < around || (is_phrase && behind);
            out.push_str(if parentheses { "( " } else { "" });
            write(&parts.0, operator.priority(), false, out);
            match operator {
                Operator::And => out.push_str(" & "),
                Operator::Or => out.push_str(" | "),
                Operator::Phrase(1) => out.push_str(" <-> "),
                Operator::Phrase(distance) => out.push_str(&format!(" <{distance}> ")),
            }
            write(&parts.1, operator.priority(), is_phrase, out);
            out.push_str(if parentheses { " )" } else { "" });
        }
    }
}

/// Reads a query.
struct Parser<'a> {
    whole: &'a str,
    rest: &'a str,
    /// Whether nothing is read yet.
    first: bool,
}

impl Parser<'_> {
    fn syntax(&self) -> Invalid {
        Invalid::new("42601", format!("syntax error in tsquery: \"{}\"", self.whole))
    }

    fn eat(&mut self, c: char) -> bool {
        let behind = self.rest.strip_prefix(c);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(space);
    }

    /// All of the query: nothing, or a part.
    fn query(&mut self, depth: usize) -> Result<Option<Node>, Invalid> {
        self.skip_space();
        if self.rest.is_empty() {
            return Ok(None);
        }
        let root = self.part(1, depth)?;
        if self.rest.is_empty() { Ok(Some(root)) } else { Err(self.syntax()) }
    }

    /// A part, whose operators have at least this priority. Each operator takes what is left of it first.
    fn part(&mut self, least: u8, depth: usize) -> Result<Node, Invalid> {
        let mut left = self.operand(depth)?;
        // Each operator puts what is before it one deeper.
        for _ in depth..=DEEPEST {
            self.skip_space();
            let before = self.rest;
            let Some(operator) = self.operator()? else { return Ok(left) };
            if operator.priority() < least {
                self.rest = before;
                return Ok(left);
            }
            let right = self.part(operator.priority() + 1, depth)?;
            left = Node::Both(operator, Box::new((left, right)));
        }
        Err(too_deep())
    }

    fn operator(&mut self) -> Result<Option<Operator>, Invalid> {
        Ok(match self.rest.chars().next() {
            None | Some(')') => None,
            Some('&') if self.eat('&') => Some(Operator::And),
            Some('|') if self.eat('|') => Some(Operator::Or),
            _ => Some(self.phrase()?),
        })
    }

    /// Reads `<->` or `<2>`.
    fn phrase(&mut self) -> Result<Operator, Invalid> {
        let inside = self.rest.strip_prefix('<').ok_or_else(|| self.syntax())?;
        let count = inside.bytes().take_while(u8::is_ascii_digit).count();
        let (distance, behind) = match inside.strip_prefix('-') {
            Some(behind) => (1, behind),
            None if count == 0 => return Err(self.syntax()),
            None => {
                const MOST: i16 = 1 << 14;
                let distance = inside[..count].parse().ok().filter(|distance| *distance <= MOST);
                let message = format!(
                    "distance in phrase operator must be an integer value between zero and {MOST} inclusive"
                );
                (distance.ok_or_else(|| Invalid::new("22023", message))?, &inside[count..])
            }
        };
        // PostgreSQL does not see the operator where nothing at all stands behind it.
        self.rest = behind.strip_prefix('>').filter(|rest| !rest.is_empty()).ok_or_else(|| self.syntax())?;
        Ok(Operator::Phrase(distance))
    }

    fn operand(&mut self, depth: usize) -> Result<Node, Invalid> {
        if depth > DEEPEST {
            return Err(too_deep());
        }
        self.skip_space();
        let first = std::mem::replace(&mut self.first, false);
        match self.rest.chars().next() {
            Some('!') => {
                self.eat('!');
                Ok(Node::Not(Box::new(self.operand(depth + 1)?)))
            }
            Some('(') => {
                self.eat('(');
                let inner = self.part(1, depth + 1)?;
                if self.eat(')') { Ok(inner) } else { Err(self.syntax()) }
            }
            Some(':') => Err(self.syntax()),
            None if !first => {
                Err(Invalid::new("42601", format!("no operand in tsquery: \"{}\"", self.whole)))
            }
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Node, Invalid> {
        let mut reader = WordReader::of_tsquery(self.whole, self.rest);
        let word = reader.word()?.ok_or_else(|| self.syntax())?;
        self.rest = reader.rest();
        let (mut weights, mut prefix) = (0, false);
        if self.eat(':') {
            while let Some(mark) = self.rest.chars().next() {
                match mark {
                    'a' | 'A' => weights |= 8,
                    'b' | 'B' => weights |= 4,
                    'c' | 'C' => weights |= 2,
                    'd' | 'D' => weights |= 1,
                    '*' => prefix = true,
                    _ => break,
                }
                self.eat(mark);
            }
        }
        if word.text.len() > ts_word::LONGEST {
            return Err(Invalid::new("54000", format!("word is too long in tsquery: \"{}\"", self.whole)));
        }
        Ok(Node::Word { text: word.text, weights, prefix })
    }
}
