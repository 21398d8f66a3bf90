//! `tsvector`: the words of a document, with their places and weights.

use std::cmp::Ordering;

use super::ts_word::{self, Position, Word, WordReader};
use super::{Form, Invalid, Reader, Style};

/// The words of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tsvector {
    /// The words, sorted by their bytes.
    words: Vec<Word>,
}

impl Tsvector {
    /// The words, sorted by their bytes, with their places.
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// How many bytes PostgreSQL keeps it in: the first thing its order asks.
    fn stored_size(&self) -> usize {
        self.words.iter().fold(0, |size, word| {
            let size = size + 4 + word.text.len();
            // Positions are aligned to two bytes.
            if word.positions.is_empty() {
                size
            } else {
                size.next_multiple_of(2) + 2 + 2 * word.positions.len()
            }
        })
    }

    /// The order of PostgreSQL's `<`, which is none of language.
    pub fn compare(&self, other: &Self) -> Ordering {
        let lengths = self.stored_size().cmp(&other.stored_size());
        let counts = lengths.then(self.words.len().cmp(&other.words.len()));
        counts.then_with(|| {
            let words = self.words.iter().zip(&other.words).map(|(a, b)| compare_words(a, b));
            words.fold(Ordering::Equal, Ordering::then)
        })
    }
}

/// Words with places come before words without, and what has more or greater ones first.
fn compare_words(a: &Word, b: &Word) -> Ordering {
    let key = |position: &Position| (position.place, position.weight);
    (a.positions.is_empty().cmp(&b.positions.is_empty()))
        .then_with(|| a.text.as_bytes().cmp(b.text.as_bytes()))
        .then(b.positions.len().cmp(&a.positions.len()))
        .then_with(|| b.positions.iter().map(key).cmp(a.positions.iter().map(key)))
}

/// The longest all words may be together.
pub(crate) const LONGEST: usize = 1 << 20;
/// The most places of a word.
const MOST_POSITIONS: usize = 256;
/// The greatest place.
const LAST_PLACE: u16 = (1 << 14) - 1;

impl Form for Tsvector {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut reader = WordReader::of_tsvector(text);
        let mut words: Vec<Word> = Vec::new();
        let mut length = 0;
        while let Some(word) = reader.word()? {
            if word.text.len() > ts_word::LONGEST {
                let (length, most) = (word.text.len(), ts_word::LONGEST);
                return Err(too_long(format!("word is too long ({length} bytes, max {most} bytes)")));
            }
            if length > LONGEST {
                let message =
                    format!("string is too long for tsvector ({length} bytes, max {LONGEST} bytes)");
                return Err(too_long(message));
            }
            length += word.text.len();
            words.push(word);
        }
        words.sort_by(|a, b| a.text.as_bytes().cmp(b.text.as_bytes()));
        words.dedup_by(|later, earlier| {
            let same = later.text == earlier.text;
            if same {
                earlier.positions.append(&mut later.positions);
            }
            same
        });
        words.iter_mut().for_each(|word| merge(&mut word.positions));
        let vector = Self { words };
        let size = vector.stored_size() - 4 * vector.words.len();
        if size > LONGEST {
            let message = format!("string is too long for tsvector ({size} bytes, max {LONGEST} bytes)");
            return Err(too_long(message));
        }
        Ok(vector)
    }

    fn output(&self, _: &Style<'_>) -> String {
        let words = self.words.iter().map(|word| {
            let positions: Vec<String> = word.positions.iter().map(Position::to_string).collect();
            let colon = if positions.is_empty() { "" } else { ":" };
            format!("{}{colon}{}", ts_word::quoted(&word.text), positions.join(","))
        });
        words.collect::<Vec<_>>().join(" ")
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let count = bytes.i32()?;
        // As many as fit in a gigabyte.
        if !(0..=0x0fff_ffff).contains(&count) {
            return Err(Invalid::new("XX000", "invalid size of tsvector"));
        }
        let (mut words, mut length) = (Vec::new(), 0);
        for _ in 0..count {
            let word = receive_word(bytes, length)?;
            length += word.text.len();
            if !word.positions.is_empty() {
                length = length.next_multiple_of(2) + 2 + 2 * word.positions.len();
            }
            words.push(word);
        }
        words.sort_by(|a: &Word, b: &Word| a.text.as_bytes().cmp(b.text.as_bytes()));
        Ok(Self { words })
    }

    fn send(&self, out: &mut Vec<u8>) {
        // Both counts are far below the limits of their types: `input` and `receive` see to it.
        out.extend(i32::try_from(self.words.len()).unwrap_or(i32::MAX).to_be_bytes());
        for word in &self.words {
            out.extend(word.text.as_bytes());
            out.push(0);
            out.extend(u16::try_from(word.positions.len()).unwrap_or(u16::MAX).to_be_bytes());
            for position in &word.positions {
                out.extend((u16::from(position.weight) << 14 | position.place).to_be_bytes());
            }
        }
    }
}

fn too_long(message: String) -> Invalid {
    Invalid::new("54000", message)
}

/// Sorts the places of a word; of the same place, the highest weight counts.
fn merge(positions: &mut Vec<Position>) {
    positions.sort_by_key(|position| position.place);
    positions.dedup_by(|later, earlier| {
        let same = later.place == earlier.place;
        if same {
            earlier.weight = earlier.weight.max(later.weight);
        }
        same
    });
    positions.truncate(MOST_POSITIONS);
}

/// Reads a word in binary, before which the words took `before` bytes.
fn receive_word(bytes: &mut Reader<'_>, before: usize) -> Result<Word, Invalid> {
    let error = |message: &str| Invalid::new("XX000", message);
    let text = ts_word::receive_text(bytes)?;
    let count = usize::from(bytes.array().map(u16::from_be_bytes)?);
    if text.len() > ts_word::LONGEST + 1 {
        return Err(error("invalid tsvector: lexeme too long"));
    }
    if before > LONGEST {
        return Err(error("invalid tsvector: maximum total lexeme length exceeded"));
    }
    if count > MOST_POSITIONS {
        return Err(error("unexpected number of tsvector positions"));
    }
    let mut positions: Vec<Position> = Vec::new();
    for _ in 0..count {
        let [high, low] = bytes.array()?;
        let position = Position { place: u16::from_be_bytes([high, low]) & LAST_PLACE, weight: high >> 6 };
        if positions.last().is_some_and(|last| position.place <= last.place) {
            return Err(error("position information is misordered"));
        }
        positions.push(position);
    }
    Ok(Word { text, positions })
}
