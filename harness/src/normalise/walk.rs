//! The walk over a message's fields that replaces those which vary.

use super::{Form, MASKS};
use pgconform_wire::codec::{Count, Fields, Walk};
use pgconform_wire::{Backend, Kind, Text, report};
use std::collections::BTreeSet;
use std::convert::Infallible;

/// The first object identifier that a database gives to what its users make.
const FIRST_OF_USERS: u32 = 16384;

/// What has been seen of a transcript so far.
#[derive(Default)]
pub(super) struct Masker {
    /// Object identifiers of users, in the order in which they came.
    objects: Vec<u32>,
    /// The process of BackendKeyData, in words.
    process: Option<String>,
}

/// What [`Form::Temporary`] makes of the fields of an error or notice, in their order; none where it changes nothing.
pub(super) fn temporary(message: &Backend<'_>) -> Vec<Option<Vec<u8>>> {
    let fields = match message {
        Backend::ErrorResponse(error) => &error.fields,
        Backend::NoticeResponse(notice) => &notice.fields,
        _ => return Vec::new(),
    };
    fields.iter().map(|(_, value)| without_session(value.0)).collect()
}

/// A text with 0 for the number of every schema of temporary objects; none if it names no such schema.
fn without_session(text: &[u8]) -> Option<Vec<u8>> {
    const PREFIX: &[u8] = b"pg_temp_";
    let (mut out, mut at, mut any) = (Vec::new(), 0, false);
    while at < text.len() {
        if !text[at..].starts_with(PREFIX) {
            out.push(text[at]);
            at += 1;
            continue;
        }
        out.extend_from_slice(PREFIX);
        at += PREFIX.len();
        let digits = text[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            out.push(b'0');
            any = true;
        }
        at += digits;
    }
    any.then_some(out)
}

impl Masker {
    /// A walk over a message of this kind. `texts` is what [`temporary`] says of it.
    pub(super) fn walk<'m, 'a>(
        &'m mut self,
        kind: Kind,
        texts: &'a [Option<Vec<u8>>],
        names: &'m mut BTreeSet<String>,
    ) -> Replace<'m, 'a> {
        Replace { masker: self, kind, texts, names, list: "", parameter: Vec::new() }
    }

    /// The number of an object among those of this transcript.
    fn number(&mut self, object: u32) -> u32 {
        let at = self.objects.iter().position(|known| *known == object).unwrap_or_else(|| {
            self.objects.push(object);
            self.objects.len() - 1
        });
        FIRST_OF_USERS.saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
    }
}

/// Replaces the fields of one message.
pub(super) struct Replace<'m, 'a> {
    masker: &'m mut Masker,
    kind: Kind,
    texts: &'a [Option<Vec<u8>>],
    names: &'m mut BTreeSet<String>,
    /// The list whose items are walked over: they have no name of their own.
    list: &'static str,
    /// The parameter whose value comes next.
    parameter: Vec<u8>,
}

impl Replace<'_, '_> {
    /// What stands in the place of a field; none if it does not vary.
    fn form(&mut self, field: &str) -> Option<Form> {
        let field = if field.is_empty() { self.list } else { field };
        let mask = MASKS.iter().find(|mask| mask.kind == self.kind && mask.field == field)?;
        Some(mask.form)
    }

    fn masked(&mut self, field: &str) {
        let field = if field.is_empty() { self.list } else { field };
        self.names.insert(format!("{}.{field}", self.kind.name()));
    }

    fn text(&mut self, field: &str, value: &mut Text<'_>) {
        match self.form(field) {
            Some(Form::Star) => *value = Text(b"*"),
            Some(Form::Zero) => *value = Text(b""),
            Some(Form::Major) => {
                let end = value.0.iter().position(|byte| *byte == b'.').unwrap_or(value.0.len());
                *value = Text(&value.0[..end]);
            }
            // Masked where it is shown.
            Some(Form::Secret) => {}
            Some(Form::Process)
                if self.masker.process.as_ref().is_some_and(|process| *value == **process) =>
            {
                *value = Text(b"0");
            }
            Some(Form::Numbered | Form::Temporary | Form::Process) | None => return,
        }
        self.masked(field);
    }
}

impl<'a> Walk<'a> for Replace<'_, 'a> {
    type Error = Infallible;

    fn byte(&mut self, _: &'static str, _: &mut u8) -> Result<(), Infallible> {
        Ok(())
    }

    fn int8(&mut self, _: &'static str, _: &mut i8) -> Result<(), Infallible> {
        Ok(())
    }

    fn int16(&mut self, _: &'static str, _: &mut i16) -> Result<(), Infallible> {
        Ok(())
    }

    fn int32(&mut self, name: &'static str, value: &mut i32) -> Result<(), Infallible> {
        if self.form(name) == Some(Form::Zero) {
            if self.kind == Kind::BackendKeyData {
                self.masker.process = Some(value.to_string());
            }
            *value = 0;
            self.masked(name);
        }
        Ok(())
    }

    fn oid(&mut self, name: &'static str, value: &mut u32) -> Result<(), Infallible> {
        if self.form(name) == Some(Form::Numbered) && *value >= FIRST_OF_USERS {
            *value = self.masker.number(*value);
            self.masked(name);
        }
        Ok(())
    }

    fn version(&mut self, _: &'static str, _: &mut u32) -> Result<(), Infallible> {
        Ok(())
    }

    fn string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Infallible> {
        match (self.kind, name) {
            (Kind::ParameterStatus, "name") => self.parameter = value.0.to_vec(),
            (Kind::ParameterStatus, "value") => {
                let parameter = String::from_utf8_lossy(&self.parameter).into_owned();
                self.text(&parameter, value);
            }
            _ => self.text(name, value),
        }
        Ok(())
    }

    fn secret_string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Infallible> {
        self.text(name, value);
        Ok(())
    }

    fn rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Infallible> {
        self.text(name, value);
        Ok(())
    }

    fn secret_rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Infallible> {
        self.text(name, value);
        Ok(())
    }

    fn bytes4(&mut self, name: &'static str, value: &mut [u8; 4]) -> Result<(), Infallible> {
        if self.form(name) == Some(Form::Zero) {
            *value = [0; 4];
            self.masked(name);
        }
        Ok(())
    }

    fn value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), Infallible> {
        if let Some(value) = value {
            self.text(name, value);
        }
        Ok(())
    }

    fn secret_value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), Infallible> {
        self.value(name, value)
    }

    fn list<T: Fields<'a>>(
        &mut self,
        name: &'static str,
        _: Count,
        items: &mut Vec<T>,
    ) -> Result<(), Infallible> {
        let outer = std::mem::replace(&mut self.list, name);
        for item in items {
            item.fields(self)?;
        }
        self.list = outer;
        Ok(())
    }

    fn parameters(&mut self, _: &mut Vec<(Text<'a>, Text<'a>)>) -> Result<(), Infallible> {
        Ok(())
    }

    fn report(&mut self, fields: &mut Vec<(u8, Text<'a>)>) -> Result<(), Infallible> {
        for (at, (code, value)) in fields.iter_mut().enumerate() {
            let Some(name) = report::name(*code) else { continue };
            match self.texts.get(at) {
                Some(Some(text)) if self.form(name) == Some(Form::Temporary) => {
                    *value = Text(text);
                    self.masked(name);
                }
                _ => self.text(name, value),
            }
        }
        Ok(())
    }
}
