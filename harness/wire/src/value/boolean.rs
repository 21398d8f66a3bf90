//! `boolean`: true or false.

use super::scan::is_blank;
use super::{Form, Invalid, Reader, Style};

impl Form for bool {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let word = text.trim_matches(is_blank).to_ascii_lowercase();
        // Any beginning that tells it from the others will do: "o" does not.
        let begins = |whole: &str| !word.is_empty() && whole.starts_with(&word);
        match word.as_str() {
            "1" | "on" => Ok(true),
            "0" | "off" | "of" => Ok(false),
            _ if begins("true") || begins("yes") => Ok(true),
            _ if begins("false") || begins("no") => Ok(false),
            _ => Err(Invalid::syntax("boolean", text)),
        }
    }

    fn output(&self, _: &Style<'_>) -> String {
        if *self { "t" } else { "f" }.to_owned()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        Ok(bytes.byte()? != 0)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}
