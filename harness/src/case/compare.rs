//! Compares a message with arguments; a field without one is as it likes.

use super::build::{plain_text, report_code, within};
use super::shape::{Shape, Slot};
use super::value::{Arg, Inputs, Value, like};
use pgconform_wire::codec::{Count, Fields, Text, Walk};
use pgconform_wire::trace::{byte_name, quote};
use pgconform_wire::{report, version};
use std::vec::IntoIter;

/// Compares fields with what the arguments have for each. An error is the case's fault: an argument that does not fit
/// its field, or an input that the target does not have.
pub(super) struct Matcher<'x> {
    slots: IntoIter<Slot<'x>>,
    inputs: &'x dyn Inputs,
    /// What differs so far, one sentence each, without secrets.
    pub(super) differences: Vec<String>,
    /// Where the fields are: `columns[0].` or nothing.
    path: String,
}

/// How a field is told when it differs.
#[derive(Clone, Copy, PartialEq)]
enum Show {
    Quoted,
    /// A word where it is one, as a trace shows the fields of a report.
    Plain,
    Secret,
}

impl<'x> Matcher<'x> {
    pub(super) fn new(slots: Vec<Slot<'x>>, inputs: &'x dyn Inputs) -> Self {
        Self { slots: slots.into_iter(), inputs, differences: Vec::new(), path: String::new() }
    }

    fn next(&mut self) -> Slot<'x> {
        self.slots.next().unwrap_or(Slot::Empty)
    }

    fn one(&mut self) -> Option<&'x Arg> {
        if let Slot::One(arg) = self.next() { Some(arg) } else { None }
    }

    fn differs(&mut self, name: &str, actual: &str, arg: &Arg) {
        let path = format!("{}{name}", self.path);
        let sign = if arg.like { "~" } else { "" };
        self.differences.push(format!(
            "{} is {actual}, expected {sign}{}",
            path.trim_end_matches('.'),
            arg.value
        ));
    }

    /// Compares the next field, `actual`, with what `read` makes of its argument.
    fn number<T: PartialEq>(
        &mut self,
        name: &str,
        actual: T,
        read: impl FnOnce(&Value) -> Result<T, String>,
        show: impl FnOnce(T) -> String,
    ) -> Result<(), String> {
        let Some(arg) = self.one() else { return Ok(()) };
        if arg.like {
            return Err(within(name, "`~` compares texts, and this is none"));
        }
        let expected = arg.value.resolve(self.inputs).map_err(|missing| missing.to_string())?;
        let expected = read(&expected).map_err(|error| within(name, &error))?;
        if actual != expected {
            self.differs(name, &show(actual), arg);
        }
        Ok(())
    }

    /// Compares the field `actual` with `arg`; none stands for NULL, or for a field that is not there.
    fn text(&mut self, name: &str, actual: Option<&[u8]>, arg: &'x Arg, show: Show) -> Result<(), String> {
        let expected = arg.value.resolve(self.inputs).map_err(|missing| missing.to_string())?;
        let expected = match show {
            Show::Plain => plain_text(&expected).map(Some),
            Show::Quoted | Show::Secret => expected.nullable(),
        };
        let fits = match (expected.map_err(|error| within(name, &error))?, actual) {
            (Some(expected), Some(actual)) if arg.like => like(expected, actual),
            (expected, actual) => expected == actual,
        };
        if fits {
            return Ok(());
        }
        // What should be a credential and is not may be another credential.
        let is_credential = matches!(&arg.value, Value::Input(name) if name.starts_with("password"));
        if show == Show::Secret || is_credential {
            let path = format!("{}{name}", self.path);
            self.differences.push(format!("{} is not the secret expected", path.trim_end_matches('.')));
            return Ok(());
        }
        let shown = match actual {
            None if show == Show::Plain => "absent".to_owned(),
            None => "null".to_owned(),
            Some(actual) => {
                let is_word = !actual.is_empty() && actual.iter().all(u8::is_ascii_alphanumeric);
                if show == Show::Plain && is_word {
                    String::from_utf8_lossy(actual).into_owned()
                } else {
                    quote(Text(actual))
                }
            }
        };
        self.differs(name, &shown, arg);
        Ok(())
    }

    fn next_text(&mut self, name: &str, actual: Option<Text<'_>>, show: Show) -> Result<(), String> {
        match self.one() {
            Some(arg) => self.text(name, actual.map(|text| text.0), arg, show),
            None => Ok(()),
        }
    }

    /// As [`next_text`](Self::next_text), for a field that is never NULL.
    fn next_string(&mut self, name: &str, actual: Text<'_>, show: Show) -> Result<(), String> {
        match self.one() {
            Some(arg) if arg.value == Value::Null => Err(within(name, "this is never NULL")),
            Some(arg) => self.text(name, Some(actual.0), arg, show),
            None => Ok(()),
        }
    }

    /// Compares a field of a report or a startup parameter; the word `absent` says that it must not be there.
    fn named(&mut self, name: &str, actual: Option<Text<'_>>, arg: &'x Arg) -> Result<(), String> {
        if !matches!(&arg.value, Value::Word(word) if word == "absent") {
            return self.text(name, actual.map(|text| text.0), arg, Show::Plain);
        }
        if let Some(actual) = actual {
            self.differs(name, &quote(actual), arg);
        }
        Ok(())
    }

    fn named_args(&mut self) -> Vec<&'x Arg> {
        if let Slot::Named(args) = self.next() { args } else { Vec::new() }
    }
}

impl<'a> Walk<'a> for Matcher<'_> {
    type Error = String;

    fn byte(&mut self, name: &'static str, value: &mut u8) -> Result<(), String> {
        self.number(name, *value, Value::byte, byte_name)
    }

    fn int8(&mut self, name: &'static str, value: &mut i8) -> Result<(), String> {
        self.number(name, *value, |value| value.number("Int8"), |n| n.to_string())
    }

    fn int16(&mut self, name: &'static str, value: &mut i16) -> Result<(), String> {
        self.number(name, *value, |value| value.number("Int16"), |n| n.to_string())
    }

    fn int32(&mut self, name: &'static str, value: &mut i32) -> Result<(), String> {
        self.number(name, *value, |value| value.number("Int32"), |n| n.to_string())
    }

    fn oid(&mut self, name: &'static str, value: &mut u32) -> Result<(), String> {
        self.number(name, *value, |value| value.number("object identifier"), |n| n.to_string())
    }

    fn version(&mut self, name: &'static str, value: &mut u32) -> Result<(), String> {
        self.number(name, *value, Value::version, version::name)
    }

    fn string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), String> {
        self.next_string(name, *value, Show::Quoted)
    }

    fn secret_string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), String> {
        self.next_string(name, *value, Show::Secret)
    }

    fn rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), String> {
        self.next_string(name, *value, Show::Quoted)
    }

    fn secret_rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), String> {
        self.next_string(name, *value, Show::Secret)
    }

    fn bytes4(&mut self, name: &'static str, value: &mut [u8; 4]) -> Result<(), String> {
        self.number(name, *value, Value::bytes4, |bytes| quote(Text(&bytes)))
    }

    fn value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), String> {
        self.next_text(name, *value, Show::Quoted)
    }

    fn secret_value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), String> {
        self.next_text(name, *value, Show::Secret)
    }

    fn list<T: Fields<'a>>(
        &mut self,
        name: &'static str,
        _: Count,
        items: &mut Vec<T>,
    ) -> Result<(), String> {
        let Slot::Items(args) = self.next() else { return Ok(()) };
        let mut shape = Shape::named(name);
        let Ok(()) = T::default().fields(&mut shape);
        let mut differences = Vec::new();
        for (at, arg) in args.iter().enumerate() {
            let mut matcher = Matcher {
                path: format!("{}{name}[{at}].", self.path),
                ..Matcher::new(shape.assign_item(arg)?, self.inputs)
            };
            // An item that is not there is compared all the same: while a case is read, this checks the argument.
            let mut item = items.get(at).cloned().unwrap_or_default();
            item.fields(&mut matcher).map_err(|error| within(name, &error))?;
            differences.append(&mut matcher.differences);
        }
        if items.len() == args.len() {
            self.differences.append(&mut differences);
        } else {
            let (has, path) = (items.len(), &self.path);
            self.differences.push(format!("{path}{name} has {has} items, expected {}", args.len()));
        }
        Ok(())
    }

    fn parameters(&mut self, pairs: &mut Vec<(Text<'a>, Text<'a>)>) -> Result<(), String> {
        for arg in self.named_args() {
            let name = arg.name.as_deref().unwrap_or_default();
            let actual = pairs.iter().find(|(n, _)| *n == *name).map(|(_, value)| *value);
            self.named(name, actual, arg)?;
        }
        Ok(())
    }

    fn report(&mut self, fields: &mut Vec<(u8, Text<'a>)>) -> Result<(), String> {
        for arg in self.named_args() {
            let name = arg.name.as_deref().unwrap_or_default();
            let actual = report::find(fields, report_code(name)?);
            self.named(name, actual, arg)?;
        }
        Ok(())
    }
}
