//! Fills a message from arguments; a field without one keeps its default.

use super::shape::{Shape, Slot};
use super::value::{Arg, Value};
use pgconform_wire::codec::{Count, Fields, Text, Walk};
use pgconform_wire::{report, version};
use std::vec::IntoIter;

/// Fills fields from what the arguments, whose inputs are resolved, have for each.
pub(super) struct Builder<'a> {
    slots: IntoIter<Slot<'a>>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(slots: Vec<Slot<'a>>) -> Self {
        Self { slots: slots.into_iter() }
    }

    fn next(&mut self) -> Slot<'a> {
        self.slots.next().unwrap_or(Slot::Empty)
    }

    /// Gives the next field what `read` makes of its argument, if it has one.
    fn set<T>(
        &mut self,
        name: &str,
        field: &mut T,
        read: impl FnOnce(&'a Value) -> Result<T, String>,
    ) -> Result<(), String> {
        if let Slot::One(arg) = self.next() {
            *field = read(&arg.value).map_err(|error| within(name, &error))?;
        }
        Ok(())
    }

    fn named(&mut self) -> Vec<&'a Arg> {
        if let Slot::Named(args) = self.next() { args } else { Vec::new() }
    }
}

/// An error about the value of the field `name`; the items of a list have no name.
pub(super) fn within(name: &str, error: &str) -> String {
    if name.is_empty() { error.to_owned() } else { format!("{name}: {error}") }
}

/// The code of the field of a report that is called `name`: its name, or, where it has none, the code itself.
pub(super) fn report_code(name: &str) -> Result<u8, String> {
    let unnamed = || Value::Word(name.to_owned()).byte().ok();
    report::code(name).or_else(unnamed).ok_or_else(|| {
        let names: Vec<_> = report::FIELDS.iter().map(|(_, name)| *name).collect();
        format!("no field of a report is `{name}`: one of {}", names.join(", "))
    })
}

/// The text of a field of a report or of a startup parameter. These are never NULL: `null` is a word there.
pub(super) fn plain_text(value: &Value) -> Result<&[u8], String> {
    if *value == Value::Null { Ok(b"null") } else { value.text() }
}

impl<'a> Walk<'a> for Builder<'a> {
    type Error = String;

    fn byte(&mut self, name: &'static str, value: &mut u8) -> Result<(), String> {
        self.set(name, value, Value::byte)
    }

    fn int8(&mut self, name: &'static str, value: &mut i8) -> Result<(), String> {
        self.set(name, value, |value| value.number("Int8"))
    }

    fn int16(&mut self, name: &'static str, value: &mut i16) -> Result<(), String> {
        self.set(name, value, |value| value.number("Int16"))
    }

    fn int32(&mut self, name: &'static str, value: &mut i32) -> Result<(), String> {
        self.set(name, value, |value| value.number("Int32"))
    }

    fn oid(&mut self, name: &'static str, value: &mut u32) -> Result<(), String> {
        self.set(name, value, |value| value.number("object identifier"))
    }

    fn version(&mut self, name: &'static str, value: &mut u32) -> Result<(), String> {
        // The one field whose zero is of no use to anyone.
        *value = version::V3_0;
        self.set(name, value, Value::version)
    }

    fn string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), String> {
        self.set(name, value, |value| value.text().map(Text))
    }

    fn secret_string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), String> {
        self.string(name, value)
    }

    fn rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), String> {
        self.string(name, value)
    }

    fn secret_rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), String> {
        self.string(name, value)
    }

    fn bytes4(&mut self, name: &'static str, value: &mut [u8; 4]) -> Result<(), String> {
        self.set(name, value, Value::bytes4)
    }

    fn value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), String> {
        self.set(name, value, |value| Ok(value.nullable()?.map(Text)))
    }

    fn secret_value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), String> {
        self.value(name, value)
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
        for arg in args {
            let mut item = T::default();
            let mut builder = Builder::new(shape.assign_item(arg)?);
            item.fields(&mut builder).map_err(|error| within(name, &error))?;
            items.push(item);
        }
        Ok(())
    }

    fn parameters(&mut self, pairs: &mut Vec<(Text<'a>, Text<'a>)>) -> Result<(), String> {
        for arg in self.named() {
            let name = arg.name.as_deref().unwrap_or_default();
            let value = plain_text(&arg.value).map_err(|error| within(name, &error))?;
            pairs.push((Text(name.as_bytes()), Text(value)));
        }
        Ok(())
    }

    fn report(&mut self, fields: &mut Vec<(u8, Text<'a>)>) -> Result<(), String> {
        for arg in self.named() {
            let name = arg.name.as_deref().unwrap_or_default();
            let value = plain_text(&arg.value).map_err(|error| within(name, &error))?;
            fields.push((report_code(name)?, Text(value)));
        }
        Ok(())
    }
}
